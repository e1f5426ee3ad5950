//! Calls to servers that others run, for the sake of a person who waits: short, small, and only to public addresses.
//!
//! The documents of such a server name the addresses that are called next. So every call is guarded here, whoever
//! makes it: no redirect is followed, no address of this machine or of a private network is called unless
//! `OUTBOUND_ALLOW` names it, nothing is sent without TLS, and an answer has a largest size and a latest end.

mod addresses;
mod error;
mod request;
mod resolver;
#[cfg(test)]
pub(crate) mod test_server;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::OutboundConfig;
use palisade_core::utils::crypto::secret::ExposeSecret as _;
use reqwest::{Certificate, Client, Proxy};
use url::{Host, Url};

pub use error::{OutboundError, OutboundOpenError};
pub use request::{Answer, Call};

use crate::trust::Authorities;
use resolver::{Guard, GuardedResolver, Lookup, SystemLookup, is_local};

/// The latest end of a connection attempt.
const CONNECT: Duration = Duration::from_secs(3);
/// The latest end of a call unless it says otherwise: a person waits, and a sign-in makes up to four.
const WHOLE: Duration = Duration::from_secs(5);
/// Idle connections are closed before the other side closes them.
const IDLE: Duration = Duration::from_secs(10);

/// The deadlines of a call.
#[derive(Clone, Copy, Debug)]
struct Deadlines {
    connect: Duration,
    whole: Duration,
}

/// Calls other servers. Clones share connections.
#[derive(Clone)]
pub struct Outbound {
    guard: Guard,
    /// For every port that `OUTBOUND_ALLOW` mentions one that knows its port, and one for all other ports.
    clients: Vec<(u16, Client)>,
    is_proxied: bool,
    deadlines: Deadlines,
}

/// Stands for every port that the list does not mention: port 0 is nobody's.
const ANY_OTHER: u16 = 0;

impl Outbound {
    /// Prepares the client. Connects to nothing yet.
    ///
    /// # Errors
    /// When this machine has no trusted certificates.
    pub fn open(config: &OutboundConfig) -> Result<Self, OutboundOpenError> {
        let deadlines = Deadlines { connect: CONNECT, whole: WHOLE };
        Self::with(config, &(Arc::new(SystemLookup) as Arc<dyn Lookup>), deadlines, &Authorities::of(None)?)
    }

    fn with(
        config: &OutboundConfig,
        lookup: &Arc<dyn Lookup>,
        deadlines: Deadlines,
        authorities: &Authorities,
    ) -> Result<Self, OutboundOpenError> {
        let proxy = config.proxy.as_ref().map(|proxy| proxy.host().to_owned());
        let guard = Guard { allow: config.allow.clone(), proxy };
        let authorities: Result<Vec<Certificate>, _> = authorities
            .der()
            .map(|der| Certificate::from_der(der).map_err(OutboundOpenError::Client))
            .collect();
        let authorities = authorities?;
        let mut clients = Vec::new();
        for port in guard.allow.ports().into_iter().chain([ANY_OTHER]) {
            let resolver = GuardedResolver { lookup: Arc::clone(lookup), guard: guard.clone(), port };
            let mut builder = Client::builder()
                // Never a proxy of the environment: it would see every code and secret.
                .no_proxy()
                // A redirect would carry a secret to an address that nobody configured.
                .redirect(reqwest::redirect::Policy::none())
                .dns_resolver(resolver)
                .connect_timeout(deadlines.connect)
                .pool_idle_timeout(IDLE)
                .tcp_nodelay(true)
                .tls_certs_only(authorities.clone());
            if let Some(proxy) = &config.proxy {
                let mut through = Proxy::all(proxy.address()).map_err(OutboundOpenError::Client)?;
                if let Some((user, password)) = proxy.credentials() {
                    through = through.basic_auth(user, password.expose_secret());
                }
                builder = builder.proxy(through);
            }
            clients.push((port, builder.build().map_err(OutboundOpenError::Client)?));
        }
        Ok(Self { guard, clients, is_proxied: config.proxy.is_some(), deadlines })
    }

    /// Sends a call and reads the whole answer.
    ///
    /// # Errors
    /// When the address may not be called, or there is no whole answer; never for the status of an answer.
    pub async fn send(&self, call: Call) -> Result<Answer, OutboundError> {
        let client = self.client_for(call.url())?;
        let whole = call.deadline().unwrap_or(self.deadlines.whole);
        let exchange = call.exchange(client, whole);
        tokio::time::timeout(whole, exchange).await.unwrap_or(Err(OutboundError::TimedOut(whole)))
    }

    /// Whether this address itself may be called; a name is judged when it is called.
    ///
    /// # Errors
    /// [`OutboundError::AddressNotAllowed`], [`OutboundError::NotEncrypted`] or [`OutboundError::BadAddress`].
    pub fn judge(&self, url: &Url) -> Result<(), OutboundError> {
        self.client_for(url).map(drop)
    }

    /// The client for this address, if the address itself may be called: a name is judged when it is resolved.
    fn client_for(&self, url: &Url) -> Result<&Client, OutboundError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::BadAddress);
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(OutboundError::BadAddress);
        };
        let literal = match host {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(_) => None,
        };
        // The HTTP client resolves no literal, so this is the only place that sees it.
        if literal.is_some_and(|address| !self.guard.admits(&address.to_string(), address, port)) {
            return Err(OutboundError::AddressNotAllowed);
        }
        match url.scheme() {
            "https" => {}
            // Through a proxy it would leave this machine.
            "http" if !self.is_proxied && self.is_allowed_loopback(&host, literal, port) => {}
            "http" => return Err(OutboundError::NotEncrypted),
            _ => return Err(OutboundError::BadAddress),
        }
        // A proxy resolves the names of others: here none is resolved, except its own.
        let port = if self.is_proxied { ANY_OTHER } else { port };
        let of =
            |wanted: u16| self.clients.iter().find(|(known, _)| *known == wanted).map(|(_, client)| client);
        of(port).or_else(|| of(ANY_OTHER)).ok_or(OutboundError::BadAddress)
    }

    /// Whether a call to this host stays on this machine, and the list allows it.
    fn is_allowed_loopback(&self, host: &Host<&str>, literal: Option<IpAddr>, port: u16) -> bool {
        match (literal, host) {
            (Some(address), _) => address.to_canonical().is_loopback(),
            // The resolver judges its address once more.
            (None, Host::Domain(name)) => {
                is_local(name) && self.guard.allow.permits(name, IpAddr::from([127, 0, 0, 1]), port)
            }
            (None, _) => false,
        }
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("allow", &self.guard.allow)
            .field("is_proxied", &self.is_proxied)
            .field("deadlines", &self.deadlines)
            .finish_non_exhaustive()
    }
}
