//! The data about a request that are known once its head has arrived. They outlive the call of its route.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Version;
use http::header::HOST;
use parking_lot::Mutex;

use super::accept::AcceptedFormat;
use super::deadline::Deadline;
use super::record::AccessRecord;
use crate::identity::Client;
use crate::net::{ClientAddress, NetworkKey, ProxyMonitor};

/// A request that has arrived. Clones share it: the server keeps one outside the route, so that a request whose
/// handler panicked or ran out of time is logged and answered like any other.
#[derive(Clone, Debug)]
pub(crate) struct Arrival(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    /// The other end of the connection, and the client that it names.
    peer: IpAddr,
    address: ClientAddress,
    is_loopback: bool,
    secure_cookies: bool,
    accepted: AcceptedFormat,
    deadline: Deadline,
    record: Mutex<AccessRecord>,
}

impl Arrival {
    /// A request of this client that `peer` sent. The answer is due within `timeout`.
    pub(crate) fn new<B>(
        client: Client,
        (peer, address): (IpAddr, ClientAddress),
        request: &http::Request<B>,
        secure_cookies: bool,
        timeout: Duration,
    ) -> Self {
        Self(Arc::new(Inner {
            client,
            peer,
            address,
            is_loopback: is_of_this_machine(peer, &address, request),
            secure_cookies,
            accepted: AcceptedFormat::of(request.headers()),
            deadline: Deadline::new(timeout),
            record: Mutex::default(),
        }))
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(crate) fn network(&self) -> NetworkKey {
        self.0.address.network
    }

    /// Whether a trusted proxy sent it.
    pub(crate) fn is_vouched(&self) -> bool {
        self.0.address.is_vouched()
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.0.is_loopback
    }

    /// Whether cookies carry `__Host-` and Secure.
    pub(crate) fn secure_cookies(&self) -> bool {
        self.0.secure_cookies
    }

    /// Whether the client asks for JSON by name.
    pub(crate) fn wants_json(&self) -> bool {
        self.0.accepted == AcceptedFormat::Json
    }

    /// Whether a person will see the answer: a browser that follows a link names HTML, a program JSON or anything.
    pub(crate) fn wants_page(&self) -> bool {
        self.0.accepted == AcceptedFormat::Page
    }

    /// The deadline of the answer.
    pub(crate) fn deadline(&self) -> &Deadline {
        &self.0.deadline
    }

    /// Records something for the access log.
    pub(super) fn update_record(&self, update: impl FnOnce(&mut AccessRecord)) {
        update(&mut self.0.record.lock());
    }

    /// A copy of the record.
    pub(crate) fn record(&self) -> AccessRecord {
        self.0.record.lock().clone()
    }

    /// Reads one field of the record.
    pub(super) fn read_record<T>(&self, read: impl FnOnce(&AccessRecord) -> T) -> T {
        read(&self.0.record.lock())
    }

    /// Reports this request to the monitor of the proxy in front. `is_significant` says whether a missing client name
    /// is a problem.
    pub(super) fn report_to_proxy_monitor(
        &self,
        monitor: &ProxyMonitor,
        is_significant: bool,
        now: Duration,
    ) {
        monitor.record(self.0.peer, &self.0.address, is_significant, now);
    }
}

/// Whether a client on this machine calls it by its own name, without a proxy. A proxy on this machine that sends
/// the name of its upstream as `Host` looks the same, except for the headers that it adds: so any sign of
/// forwarding counts against it, and so does HTTP/1.0, which no browser sends and nginx does by default.
fn is_of_this_machine<B>(peer: IpAddr, address: &ClientAddress, request: &http::Request<B>) -> bool {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    peer.to_canonical().is_loopback()
        && address.ip.is_loopback()
        && !address.is_forwarded
        && request.version() != Version::HTTP_10
        && host.is_some_and(is_loopback_name)
}

/// `localhost`, `127.0.0.1` or `[::1]`, with or without a port.
fn is_loopback_name(host: &str) -> bool {
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host });
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}
