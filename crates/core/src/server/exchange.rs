//! What is known about one request while it lives.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use http::header::{ACCEPT, COOKIE, HOST};

use crate::identity::{Client, UserId};
use crate::lifecycle::Phase;
use crate::limits::{NetworkKey, RateLimitHeaders};
use crate::output::CookieKind;

/// One request and its answer in the making. Opaque outside core.
#[derive(Debug)]
pub struct Exchange {
    client: Client,
    network: NetworkKey,
    cookies: Cookies,
    phase: Phase,
    route: Option<Arc<str>>,
    user: Option<Arc<str>>,
    code: Option<&'static str>,
    path_parameters: Vec<(String, String)>,
    limits: RateLimitHeaders,
    loopback: bool,
    wants_json: bool,
}

impl Exchange {
    pub(crate) fn new(client: Client, network: NetworkKey, cookies: Cookies) -> Self {
        Self {
            client,
            network,
            cookies,
            phase: Phase::Arrival,
            route: None,
            user: None,
            code: None,
            path_parameters: Vec::new(),
            limits: RateLimitHeaders::default(),
            loopback: false,
            wants_json: false,
        }
    }

    /// Notes what the request says about itself beyond its credentials.
    pub(crate) fn arrived(mut self, peer: IpAddr, headers: &HeaderMap) -> Self {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        self.loopback = peer.to_canonical().is_loopback() && host.is_some_and(is_loopback_name);
        let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
        self.wants_json = accept.is_some_and(|accept| accept.contains("application/json"));
        self
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.loopback
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.wants_json
    }

    pub(crate) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
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

    pub(crate) fn matched(&mut self, route: Arc<str>, path_parameters: Vec<(String, String)>) {
        self.route = Some(route);
        self.path_parameters = path_parameters;
    }

    pub(crate) fn take_path_parameters(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.path_parameters)
    }

    pub(crate) fn identified(&mut self, user: UserId) {
        self.user = Some(user.to_string().into());
    }

    /// Who is signed in, as limits and logs name them.
    pub(crate) fn user(&self) -> Option<&Arc<str>> {
        self.user.as_ref()
    }

    pub(crate) fn failed(&mut self, code: &'static str) {
        self.code = Some(code);
    }

    pub(crate) fn limits_mut(&mut self) -> &mut RateLimitHeaders {
        &mut self.limits
    }

    /// What the limits tell the client.
    pub(crate) fn limits(&self) -> &RateLimitHeaders {
        &self.limits
    }
}

/// `localhost`, `127.0.0.1` or `[::1]`, with or without a port.
fn is_loopback_name(host: &str) -> bool {
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host });
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// What the access log wants to know once a request has been answered.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) phase: Phase,
    pub(crate) route: Option<Arc<str>>,
    pub(crate) user: Option<Arc<str>>,
    pub(crate) code: Option<&'static str>,
}

impl From<Exchange> for Ended {
    fn from(exchange: Exchange) -> Self {
        Self { phase: exchange.phase, route: exchange.route, user: exchange.user, code: exchange.code }
    }
}

/// Our own cookies, as they came. Everything else in `Cookie` is somebody else's.
#[derive(Debug, Default)]
pub(crate) struct Cookies(Vec<(CookieKind, Value)>);

#[derive(Debug)]
enum Value {
    Once(String),
    /// Sent twice: a sibling domain may have tossed one in, and none of them can be believed.
    Repeated,
}

impl Cookies {
    /// Reads the `Cookie` headers (RFC 6265, 5.4), looking for our names only.
    pub(crate) fn read(headers: &HeaderMap, secure: bool) -> Self {
        let mut found = Self::default();
        for header in headers.get_all(COOKIE) {
            let Ok(text) = header.to_str() else { continue };
            for pair in text.split(';') {
                let Some((name, value)) = pair.trim().split_once('=') else { continue };
                let Some(kind) = CookieKind::ALL.into_iter().find(|kind| kind.name(secure) == name) else {
                    continue;
                };
                found.add(kind, value);
            }
        }
        found
    }

    fn add(&mut self, kind: CookieKind, value: &str) {
        if let Some((_, known)) = self.0.iter_mut().find(|(known, _)| *known == kind) {
            *known = Value::Repeated;
        } else {
            self.0.push((kind, Value::Once(value.trim_matches('"').to_owned())));
        }
    }

    pub(crate) fn get(&self, wanted: CookieKind) -> Option<&str> {
        self.0.iter().find_map(|(kind, value)| match value {
            Value::Once(text) if *kind == wanted => Some(text.as_str()),
            _ => None,
        })
    }

    pub(crate) fn is_repeated(&self, wanted: CookieKind) -> bool {
        self.0.iter().any(|(kind, value)| *kind == wanted && matches!(value, Value::Repeated))
    }

    pub(crate) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Those that came once, as an input reads them.
    pub(crate) fn readable(&self) -> Vec<(CookieKind, String)> {
        let once = |(kind, value): &(CookieKind, Value)| match value {
            Value::Once(text) => Some((*kind, text.clone())),
            Value::Repeated => None,
        };
        self.0.iter().filter_map(once).collect()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn cookies(header: &'static str) -> Cookies {
        Cookies::read(&HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(header))]), true)
    }

    #[test]
    fn a_cookie_sent_twice_is_not_believed() {
        let read =
            cookies("__Host-palisade-access=a; x=y; __Host-palisade-access=b; __Host-palisade-refresh=r");
        assert_eq!(read.get(CookieKind::Access), None);
        assert!(read.is_repeated(CookieKind::Access));
        assert_eq!(read.get(CookieKind::Refresh), Some("r"));
    }

    #[test]
    fn only_the_exact_name_counts() {
        let read = cookies(
            "__host-palisade-access=a; palisade-access=b; __Host-palisade-accessx=c; __Host-palisade-access",
        );
        assert!(!read.any());
    }
}
