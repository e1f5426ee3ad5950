//! What is known about one request while it lives.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, COOKIE, HOST};
use http::{HeaderMap, Version};
use parking_lot::Mutex;

use super::deadline::Deadline;
use super::http::Request;
use super::phase::Phase;
use crate::cookies::{CookieKind, Presented};
use crate::identity::{Client, UserId};
use crate::limits::{RateLimitHeaders, Tier};
use crate::net::{ClientAddress, Front, NetworkKey};

/// One request and its answer in the making. Opaque outside core.
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

/// Who holds the other end of the socket, and who that says is calling.
#[derive(Clone, Copy, Debug)]
struct Sender {
    peer: IpAddr,
    address: ClientAddress,
}

/// What `Accept` names, of what is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Json,
    Page,
    Anything,
}

impl Wanted {
    fn by(headers: &HeaderMap) -> Self {
        if names(headers, b"application/json") {
            Self::Json
        } else if names(headers, b"text/html") {
            Self::Page
        } else {
            Self::Anything
        }
    }
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

    /// Notes by when it must be answered.
    pub(crate) fn due_by(&mut self, deadline: Deadline) {
        self.deadline = Some(deadline);
    }

    /// Waits for the body, whose time is not that of the handler.
    pub(crate) async fn reading<T>(&self, body: impl Future<Output = T>) -> T {
        match &self.deadline {
            Some(deadline) => deadline.resting_while(body).await,
            None => body.await,
        }
    }

    /// Notes what the request says about itself beyond its credentials, and who sent it.
    pub(crate) fn arrived(mut self, peer: IpAddr, address: ClientAddress, request: &Request) -> Self {
        self.sender = Some(Sender { peer, address });
        self.loopback = is_of_this_machine(peer, &address, request);
        self.record.0.lock().wanted = Wanted::by(request.headers());
        self
    }

    /// Tells what watches the proxies in front that this request has come, to a route of this tier. Nothing follows from
    /// the silence of who asks what is public and cheap: programs do, past every proxy.
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

    /// Whether a person is looking: a browser that follows a link names HTML, a program JSON or anything.
    pub(crate) fn wants_page(&self) -> bool {
        self.record.0.lock().wanted == Wanted::Page
    }

    /// Whether what is asked for may be a page: one is there, or nothing is.
    pub(crate) fn is_shown(&self) -> bool {
        self.record.0.lock().is_shown
    }

    pub(crate) fn enter(&mut self, phase: Phase) {
        self.record.0.lock().phase = phase;
    }

    pub(crate) fn phase(&self) -> Phase {
        self.record.0.lock().phase
    }

    /// What the access log is told, kept apart: it outlives a context that goes down with its route.
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

    /// Notes the tokens of the `Authorization` headers, for a caller that needs more of them than who is asking.
    pub(crate) fn bears(&mut self, tokens: Presented) {
        self.bearers = tokens;
    }

    /// Every access token that came along and was noted, in whichever place.
    pub(crate) fn access_tokens(&self) -> Presented {
        let mut all = self.bearers.clone();
        if let Some(cookies) = self.cookies.all(CookieKind::Access) {
            all.append(cookies);
        }
        all
    }

    /// Notes the template of the path, and whether people are shown what is there.
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

    /// Who is signed in, as limits and logs name them.
    pub(crate) fn user(&self) -> Option<Arc<str>> {
        self.record.0.lock().user.clone()
    }

    pub(crate) fn failed(&self, code: &'static str) {
        self.record.0.lock().code = Some(code);
    }

    pub(crate) fn limits_mut(&mut self) -> &mut RateLimitHeaders {
        &mut self.limits
    }

    /// What the limits tell the client.
    pub(crate) fn limits(&self) -> &RateLimitHeaders {
        &self.limits
    }
}

/// Whether somebody on this machine asks it by its own name, with no proxy between. A proxy on this machine that sends the
/// name of its upstream as `Host` looks like that too, but for what it adds: so any sign of forwarding speaks against it, and
/// so does HTTP/1.0, which no browser sends and nginx does unless told otherwise.
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

/// What of a request outlives its route: what the access log is told, and how an error is shown. Clones share it: the server
/// keeps one outside the route, so that a request whose handler panicked or ran out of time is logged and answered like any
/// other.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccessRecord(Arc<Mutex<Recorded>>);

/// What is known of it by now.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) phase: Phase,
    pub(crate) route: Option<Arc<str>>,
    /// Whether it may be a page that is asked for: whatever leads nowhere may be.
    pub(crate) is_shown: bool,
    wanted: Wanted,
    pub(crate) user: Option<Arc<str>>,
    pub(crate) code: Option<&'static str>,
}

impl Default for Recorded {
    fn default() -> Self {
        Self {
            phase: Phase::Arrival,
            route: None,
            is_shown: true,
            wanted: Wanted::Anything,
            user: None,
            code: None,
        }
    }
}

impl AccessRecord {
    /// As it stands.
    pub(crate) fn read(&self) -> Recorded {
        self.0.lock().clone()
    }
}

/// Our own cookies, as they came. Everything else in `Cookie` is somebody else's, and may hold any bytes: browsers send
/// them as they were set.
#[derive(Debug, Default)]
pub(crate) struct Cookies(Vec<(CookieKind, Presented)>);

impl Cookies {
    /// Reads the `Cookie` headers (RFC 6265, 5.4), looking for our names only.
    pub(crate) fn read(headers: &HeaderMap, secure: bool) -> Self {
        let mut found = Self::default();
        for header in headers.get_all(COOKIE) {
            for pair in pairs(header.as_bytes()) {
                let mut parts = trimmed(pair).splitn(2, |byte| *byte == b'=');
                let (Some(name), Some(value)) = (parts.next(), parts.next()) else { continue };
                if let Some(kind) =
                    CookieKind::ALL.into_iter().find(|kind| kind.name(secure).as_bytes() == name)
                {
                    found.add(kind, value);
                }
            }
        }
        found
    }

    fn add(&mut self, kind: CookieKind, value: &[u8]) {
        let value = unquoted(value);
        if let Some((_, presented)) = self.0.iter_mut().find(|(known, _)| *known == kind) {
            presented.add(value);
        } else {
            let mut presented = Presented::default();
            presented.add(value);
            self.0.push((kind, presented));
        }
    }

    /// All that came under this name; `None` when nothing did.
    pub(crate) fn all(&self, wanted: CookieKind) -> Option<&Presented> {
        self.0.iter().find_map(|(kind, presented)| (*kind == wanted).then_some(presented))
    }

    /// The value, when it came once. Sent twice, none can be believed: a sibling domain may have tossed one in.
    pub(crate) fn get(&self, wanted: CookieKind) -> Option<&str> {
        self.all(wanted).and_then(Presented::only)
    }

    pub(crate) fn is_repeated(&self, wanted: CookieKind) -> bool {
        self.all(wanted).is_some_and(|presented| presented.count() > 1)
    }

    pub(crate) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// All of them, for an input to read.
    pub(crate) fn to_inputs(&self) -> Vec<(CookieKind, Presented)> {
        self.0.clone()
    }
}

/// The pairs of a `Cookie` header. Most of it are long values, so what parts them is looked for many bytes at a time.
fn pairs(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(header);
    std::iter::from_fn(move || {
        let (pair, behind) = match memchr::memchr(b';', rest?) {
            Some(end) => rest?.split_at_checked(end)?,
            None => (rest?, [].as_slice()),
        };
        // Behind the last one nothing begins, not even an empty one.
        rest = behind.split_first().map(|(_, behind)| behind);
        Some(pair)
    })
}

/// Without the blanks around it. Of blanks there are two in a header: a name that begins with any other that Unicode knows
/// is another name, under which a sibling domain may set a cookie although ours begins with `__Host-`.
fn trimmed(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let begin = text.iter().position(|byte| !is_blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_blank(byte)).map_or(begin, |last| last + 1);
    text.get(begin..end).unwrap_or_default()
}

fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text)
}

/// Whether one of these `Accept` headers names a media type (RFC 9110, 12.5.1), whatever else they name.
fn names(headers: &HeaderMap, media_type: &[u8]) -> bool {
    let lines = headers.get_all(ACCEPT).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    lines
        .filter_map(|range| range.split(|byte| *byte == b';').next())
        .any(|essence| trimmed(essence).eq_ignore_ascii_case(media_type))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn cookies(header: &[u8]) -> Cookies {
        Cookies::read(&HeaderMap::from_iter([(COOKIE, HeaderValue::from_bytes(header).unwrap())]), true)
    }

    #[test]
    fn a_cookie_sent_twice_is_not_believed() {
        let read =
            cookies(b"__Host-palisade-access=a; x=y; __Host-palisade-access=b; __Host-palisade-refresh=r");
        assert_eq!(read.get(CookieKind::Access), None);
        assert!(read.is_repeated(CookieKind::Access));
        assert_eq!(read.all(CookieKind::Access).unwrap().texts(), ["a", "b"]);
        assert_eq!(read.get(CookieKind::Refresh), Some("r"));
        assert!(!read.is_repeated(CookieKind::Refresh));
    }

    #[test]
    fn only_the_exact_name_counts() {
        let read = cookies(
            b"__host-palisade-access=a; palisade-access=b; __Host-palisade-accessx=c; __Host-palisade-access",
        );
        assert!(!read.any());
        // Blanks that a server trims and a browser does not see as part of the prefix would undo `__Host-`.
        for blank in ["\u{a0}", "\u{85}", "\u{2000}", "\u{3000}", "\u{feff}", "\u{200b}"] {
            let read = cookies(format!("{blank}__Host-palisade-access=evil; x={blank}").as_bytes());
            assert!(!read.any(), "{blank:?}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_read_is_there_and_is_nothing() {
        let read = cookies(b"__Host-palisade-refresh=r\xe9; __Host-palisade-access=\"a\"");
        assert_eq!(read.get(CookieKind::Refresh), None);
        assert!(read.all(CookieKind::Refresh).unwrap().is_unreadable() && read.any());
        assert_eq!(read.get(CookieKind::Access), Some("a"));
    }

    #[test]
    fn json_is_found_among_whatever_else_is_accepted() {
        let names = |lines: &[&[u8]]| {
            let lines = lines.iter().map(|line| (ACCEPT, HeaderValue::from_bytes(line).unwrap()));
            let mut headers = HeaderMap::new();
            lines.for_each(|(name, value)| assert!(headers.append(name, value) || headers.len() == 1));
            names(&headers, b"application/json")
        };
        assert!(names(&[b"application/json"]) && names(&[b"text/html;x=\xe9, Application/JSON;q=0.9"]));
        assert!(names(&[b"text/html", b"application/json"]));
        assert!(!names(&[b"text/html"]) && !names(&[b"application/jsonp, \xff"]) && !names(&[]));
    }

    proptest! {
        #[test]
        fn pairs_are_parted_where_a_semicolon_stands(header in "[;ab= ]{0,40}") {
            let parted: Vec<&[u8]> = pairs(header.as_bytes()).collect();
            let by_the_book: Vec<&[u8]> = header.as_bytes().split(|byte| *byte == b';').collect();
            prop_assert_eq!(parted, by_the_book);
        }

        #[test]
        fn what_others_put_in_the_header_changes_nothing(
            before in proptest::collection::vec(0x20_u8..=0xff, 0..40),
            after in proptest::collection::vec(0x20_u8..=0xff, 0..40),
        ) {
            prop_assume!(!before.contains(&0x7f) && !after.contains(&0x7f));
            let ours = b"; __Host-palisade-refresh=r; ";
            let read = cookies(&[before.as_slice(), ours, &after].concat());
            prop_assert_eq!(read.get(CookieKind::Refresh), Some("r"));
        }
    }
}
