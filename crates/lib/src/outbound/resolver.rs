//! Names become addresses here, and only addresses that may be called come out. The connection goes to one of them, so
//! a name whose answer changes between the check and the connection gains nothing.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use palisade_core::net::OutboundAllow;
use palisade_core::ports::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::addresses::is_public;
use super::error::NoneAllowed;

/// Looks names up. Tests replace it.
pub(super) trait Lookup: Send + Sync + fmt::Debug {
    /// All addresses of a name.
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
#[derive(Debug)]
pub(super) struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Which addresses may be called.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) allow: OutboundAllow,
    /// The host of the proxy, which is called whatever its address: the operator named it.
    pub(super) proxy: Option<String>,
}

impl Guard {
    /// Whether this address of this host may be called on this port.
    pub(super) fn admits(&self, host: &str, address: IpAddr, port: u16) -> bool {
        is_public(address) || self.allow.permits(host, address, port)
    }
}

/// Whether a name never leaves this machine (RFC 6761 section 6.3).
pub(super) fn is_local(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// A resolver for calls on one port: the HTTP client tells a resolver no port.
#[derive(Debug)]
pub(super) struct GuardedResolver {
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) guard: Guard,
    pub(super) port: u16,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, port) = (self.guard.clone(), self.port);
        let name = name.as_str().to_owned();
        let found = self.lookup.lookup(name.clone());
        Box::pin(async move {
            let mut addresses = found.await?;
            if is_local(&name) {
                addresses.retain(|address| address.to_canonical().is_loopback());
            }
            if guard.proxy.as_deref() != Some(name.as_str()) {
                addresses.retain(|address| guard.admits(&name, *address, port));
            }
            if addresses.is_empty() {
                return Err(NoneAllowed.into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
