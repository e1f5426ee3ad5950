//! The data about one request while it lives.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Version;
use http::header::HOST;

use super::accept::Wanted;
use super::cookies::Cookies;
use super::deadline::Deadline;
use super::http::Request;
use super::phase::Phase;
use super::record::AccessRecord;
use crate::cookies::{CookieKind, Presented};
use crate::identity::{Client, UserId};
use crate::limits::{RateLimitHeaders, Tier};
use crate::net::{ClientAddress, Front, NetworkKey};

/// One request and its answer under construction. Opaque outside core.
#[derive(Debug)]
pub struct RequestContext {
    client: Client,
    network: NetworkKey,
    cookies: Cookies,
    secure_cookies: bool,
    bearers: Presented,
    record: AccessRecord,
    path_parameters: Vec<(String, String)>,
    limits: RateLimitHeaders,
    sender: Option<Sender>,
    loopback: bool,
    deadline: Option<Deadline>,
}

/// The peer of the socket, and the client that it names.
#[derive(Clone, Copy, Debug)]
struct Sender {
    peer: IpAddr,
    address: ClientAddress,
}

impl RequestContext {
    pub(crate) fn new(client: Client, network: NetworkKey, cookies: Cookies, secure_cookies: bool) -> Self {
        Self {
            client,
            network,
            cookies,
            secure_cookies,
            bearers: Presented::default(),
            record: AccessRecord::default(),
            path_parameters: Vec::new(),
            limits: RateLimitHeaders::default(),
            sender: None,
            loopback: false,
            deadline: None,
        }
    }

    /// Sets the deadline of the answer.
    pub(crate) fn due_by(&mut self, deadline: Deadline) {
        self.deadline = Some(deadline);
    }

    /// Waits for the body, whose time does not count toward the handler's.
    pub(crate) async fn reading<T>(&self, body: impl Future<Output = T>) -> T {
        match &self.deadline {
            Some(deadline) => deadline.resting_while(body).await,
            None => body.await,
        }
    }

    /// Records the request's headers beyond its credentials, and its sender.
    pub(crate) fn arrived(mut self, peer: IpAddr, address: ClientAddress, request: &Request) -> Self {
        self.sender = Some(Sender { peer, address });
        self.loopback = is_of_this_machine(peer, &address, request);
        self.record.0.lock().wanted = Wanted::by(request.headers());
        self
    }

    /// Reports this request to the monitor of the proxy in front, with the tier of its route. A missing client name
    /// on public and cheap routes is not significant: programs call them past every proxy.
    pub(crate) fn note_front(&self, front: &Front, tier: Tier, now: Duration) {
        let tells = matches!(tier, Tier::Strict | Tier::Normal);
        if let Some(Sender { peer, address }) = &self.sender {
            front.note(*peer, address, tells, now);
        }
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.loopback
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.record.0.lock().wanted == Wanted::Json
    }

    /// Whether a person will see the answer: a browser that follows a link names HTML, a program JSON or anything.
    pub(crate) fn wants_page(&self) -> bool {
        self.record.0.lock().wanted == Wanted::Page
    }

    /// Whether the answer may be a page: the route has one, or there is no route.
    pub(crate) fn is_shown(&self) -> bool {
        self.record.0.lock().is_shown
    }

    pub(crate) fn enter(&mut self, phase: Phase) {
        self.record.0.lock().phase = phase;
    }

    pub(crate) fn phase(&self) -> Phase {
        self.record.0.lock().phase
    }

    /// The data for the access log, kept separately: it outlives a context that is dropped with its route.
    pub(crate) fn record(&self) -> &AccessRecord {
        &self.record
    }

    /// A context for the same request, of which only this record is left.
    pub(crate) fn recorded(mut self, record: AccessRecord) -> Self {
        self.record = record;
        self
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn network(&self) -> NetworkKey {
        self.network
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.client.request_id
    }

    pub(crate) fn cookies(&self) -> &Cookies {
        &self.cookies
    }

    /// Whether cookies carry `__Host-` and Secure.
    pub(crate) fn secure_cookies(&self) -> bool {
        self.secure_cookies
    }

    /// Records the tokens of the `Authorization` headers, for a caller that needs more than the principal.
    pub(crate) fn bears(&mut self, tokens: Presented) {
        self.bearers = tokens;
    }

    /// All recorded access tokens of the request, from every place.
    pub(crate) fn access_tokens(&self) -> Presented {
        let mut all = self.bearers.clone();
        if let Some(cookies) = self.cookies.all(CookieKind::Access) {
            all.append(cookies);
        }
        all
    }

    /// Records the template of the path, and whether the route has a page.
    pub(crate) fn matched(
        &mut self,
        route: Arc<str>,
        is_shown: bool,
        path_parameters: Vec<(String, String)>,
    ) {
        {
            let mut record = self.record.0.lock();
            record.route = Some(route);
            record.is_shown = is_shown;
        }
        self.path_parameters = path_parameters;
    }

    pub(crate) fn take_path_parameters(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.path_parameters)
    }

    pub(crate) fn identified(&mut self, user: UserId) {
        self.record.0.lock().user = Some(user.to_string().into());
    }

    /// The signed-in user, as limits and logs name it.
    pub(crate) fn user(&self) -> Option<Arc<str>> {
        self.record.0.lock().user.clone()
    }

    pub(crate) fn failed(&self, code: &'static str) {
        self.record.0.lock().code = Some(code);
    }

    pub(crate) fn limits_mut(&mut self) -> &mut RateLimitHeaders {
        &mut self.limits
    }

    /// The rate limit headers of the answer.
    pub(crate) fn limits(&self) -> &RateLimitHeaders {
        &self.limits
    }
}

/// Whether a client on this machine calls it by its own name, without a proxy. A proxy on this machine that sends
/// the name of its upstream as `Host` looks the same, except for the headers that it adds: so any sign of
/// forwarding counts against it, and so does HTTP/1.0, which no browser sends and nginx does by default.
fn is_of_this_machine(peer: IpAddr, address: &ClientAddress, request: &Request) -> bool {
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
