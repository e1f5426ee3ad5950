//! The outer band: what happens to every request before and after its route, read from top to bottom.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use http::header::{
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CONNECTION, CONTENT_SECURITY_POLICY, HOST,
    ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING, USER_AGENT,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body::Body as _;
use uuid::Uuid;

use super::table::Table;
use crate::errors::{AppError, codes, error_handler};
use crate::identity::Client;
use crate::middlewares::cors;
use crate::net::{ClientAddress, Sent};
use crate::request::{AccessRecord, Cookies, Deadline, Late, Request, RequestContext, Response};
use crate::state::ServerState;
use crate::utils::logger::AccessLine;
use crate::utils::response;
use crate::values::uuid_v7;

/// Fewer than the parser's own, so that a request past them still gets an answer with a body.
const MAX_HEADERS: usize = 64;
const MAX_HEADER_BYTES: usize = 16 * 1024;
const MAX_URI_BYTES: usize = 8 * 1024;

/// More of `User-Agent` than any list of sessions shows.
const MAX_USER_AGENT: usize = 256;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One request, from the socket and back.
pub(super) async fn serve(
    shared: Arc<ServerState>,
    table: Arc<Table>,
    peer: SocketAddr,
    request: Request,
) -> Response {
    let started = shared.clock.monotonic();
    let address = shared.trusted_proxies.client(peer.ip(), request.headers());
    let client = client(&shared, &address, request.headers());
    let cookies = Cookies::read(request.headers(), shared.secure_cookies);
    let mut context = RequestContext::new(client.clone(), address.network, cookies, shared.secure_cookies)
        .arrived(peer.ip(), address, &request);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let cors = cors_headers(&shared, &request);
    let preflight = is_preflight(&request);
    let is_framed_oddly = !is_framed_as_read(request.headers());
    let record = context.record().clone();

    let mut response = match refused_at_the_door(&request) {
        Some(error) => error_handler::respond(&shared, &error, &context),
        None if preflight => response::empty(),
        None => {
            let deadline = Deadline::new(shared.bounds.handler_timeout);
            context.due_by(deadline.clone());
            let route = table.dispatch(&shared, request, context);
            match within_deadline(&deadline, route).await {
                Ok(response) => response,
                // The context went down with the route; its record did not.
                Err(error) => {
                    let (client, cookies) = (client.clone(), Cookies::default());
                    let context =
                        RequestContext::new(client, address.network, cookies, shared.secure_cookies);
                    error_handler::respond(&shared, &error, &context.recorded(record.clone()))
                }
            }
        }
    };
    if is_framed_oddly {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    marked(&shared, &client, &mut response, cors);

    let took = shared.clock.monotonic().saturating_sub(started);
    write_access_line(&shared, &client, Some((&method, uri.path())), &record, &response, took);
    response
}

/// The answer to what the parser could not read: nothing is known about it but where it came from, and of that not more than
/// the other end of the connection.
pub(super) fn unreadable(shared: &ServerState, peer: SocketAddr, status: StatusCode) -> Response {
    let address = shared.trusted_proxies.client(peer.ip(), &HeaderMap::new());
    let client = client(shared, &address, &HeaderMap::new());
    let context =
        RequestContext::new(client.clone(), address.network, Cookies::default(), shared.secure_cookies);
    let error = match status {
        StatusCode::URI_TOO_LONG => AppError::new(&codes::URI_TOO_LONG),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => AppError::new(&codes::HEADERS_TOO_LARGE),
        _ => AppError::malformed("The request line or a header is not well-formed"),
    };
    let mut response = error_handler::respond(shared, &error, &context);
    marked(shared, &client, &mut response, cors::actual(Sent::Absent, &shared.origins));
    write_access_line(shared, &client, None, context.record(), &response, Duration::ZERO);
    response
}

/// Puts on what every answer bears.
fn marked(shared: &ServerState, client: &Client, response: &mut Response, cors: Vec<cors::Header>) {
    let headers = response.headers_mut();
    security_headers(headers, shared.secure_cookies);
    for (name, value) in cors {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    if let Ok(id) = HeaderValue::from_str(&client.request_id) {
        headers.insert(REQUEST_ID, id);
    }
}

fn is_preflight(request: &Request) -> bool {
    if request.method() != http::Method::OPTIONS {
        return false;
    }
    let headers = request.headers();
    let requested = Sent::of(headers, &ACCESS_CONTROL_REQUEST_METHOD);
    cors::is_preflight(request.method().as_str(), Sent::of(headers, &ORIGIN), requested)
}

fn cors_headers(shared: &ServerState, request: &Request) -> Vec<cors::Header> {
    let origin = Sent::of(request.headers(), &ORIGIN);
    if is_preflight(request) {
        let wanted = Sent::of(request.headers(), &ACCESS_CONTROL_REQUEST_HEADERS);
        cors::preflight(origin, wanted, &shared.origins)
    } else {
        cors::actual(origin, &shared.origins)
    }
}

/// Runs the route, but not longer than the deadline, and survives its panic.
async fn within_deadline(
    deadline: &Deadline,
    route: impl Future<Output = Response>,
) -> Result<Response, AppError> {
    match deadline.hold(AssertUnwindSafe(route).catch_unwind()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(panic)) => {
            let text =
                panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
            let text = text.unwrap_or("without a message");
            Err(AppError::internal(format!("a handler panicked: {text}")))
        }
        Err(Late) => Err(AppError::unavailable(Duration::from_secs(1), "the request passed its deadline")),
    }
}

/// What can be refused before anything else is looked at.
fn refused_at_the_door(request: &Request) -> Option<AppError> {
    let headers = request.headers();
    let uri = request.uri();
    if uri.path_and_query().map_or(0, |path| path.as_str().len()) > MAX_URI_BYTES {
        return Some(AppError::new(&codes::URI_TOO_LONG));
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES {
        return Some(AppError::new(&codes::HEADERS_TOO_LARGE));
    }
    if !is_framed_as_read(headers) {
        return Some(AppError::malformed("The only transfer coding that is read here is `chunked`, alone"));
    }
    let mut hosts = headers.get_all(HOST).iter();
    let well_formed = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(is_plain_authority),
        _ => false,
    };
    (!well_formed).then(|| AppError::malformed("The request needs exactly one well-formed Host header"))
}

/// Whether the body is what the parser takes it for. It reads every list of codings that ends with `chunked` as if there
/// was no other in it (RFC 9112, 6.1): the body would be taken for something else than it is, here or by a proxy.
fn is_framed_as_read(headers: &HeaderMap) -> bool {
    match Sent::of(headers, &TRANSFER_ENCODING) {
        Sent::Absent => true,
        Sent::Once(coding) => coding.trim_ascii().eq_ignore_ascii_case(b"chunked"),
        Sent::Several => false,
    }
}

/// A host and maybe a port; no user, no path, nothing that a link could be poisoned with.
fn is_plain_authority(host: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']' | b'_');
    !host.is_empty()
        && host.len() <= 255
        && host.bytes().all(plain)
        && host.parse::<http::uri::Authority>().is_ok()
}

/// Where the request came from. The inbound request id counts only when a trusted proxy sent it.
fn client(shared: &ServerState, address: &ClientAddress, headers: &HeaderMap) -> Client {
    // Sent twice, one of them may be the client's, whose proxy added its own behind it.
    let inbound = match Sent::of(headers, &REQUEST_ID) {
        Sent::Once(id) if address.is_vouched() => std::str::from_utf8(id).ok(),
        _ => None,
    };
    let request_id: Arc<str> = if let Some(id) = inbound.filter(|id| is_request_id(id)) {
        id.into()
    } else {
        let id = uuid_v7(shared.clock.as_ref(), shared.rng.as_ref());
        Arc::from(&*id.simple().encode_lower(&mut Uuid::encode_buffer()))
    };
    let user_agent = headers.get(USER_AGENT).map(|agent| user_agent(agent.as_bytes()));
    Client { ip: address.ip, user_agent, request_id, at: shared.clock.now() }
}

/// As it may be shown: other letters than ASCII's could turn the line around, or look like what they are not.
fn user_agent(sent: &[u8]) -> Arc<str> {
    let is_shown = |byte: &u8| matches!(byte, b' '..=b'~');
    match std::str::from_utf8(sent) {
        Ok(agent) if sent.len() <= MAX_USER_AGENT && sent.iter().all(is_shown) => agent.into(),
        _ => {
            let shown = sent.iter().filter(|byte| **byte != b'\t').take(MAX_USER_AGENT);
            shown.map(|byte| if is_shown(byte) { char::from(*byte) } else { '?' }).collect::<String>().into()
        }
    }
}

fn is_request_id(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// OWASP's headers for an API: nothing may be sniffed, framed, embedded or referred from.
fn security_headers(headers: &mut HeaderMap, secure: bool) {
    const FIXED: [(HeaderName, HeaderValue); 5] = [
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    // A built-in page brought its own policy, which names its style and script by hash.
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ));
    if secure {
        // Two years, as the preload list asks for.
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, two_years);
    }
}

/// `asked` is the method and the path, where they could be read.
fn write_access_line(
    shared: &ServerState,
    client: &Client,
    asked: Option<(&http::Method, &str)>,
    record: &AccessRecord,
    response: &Response,
    took: Duration,
) {
    let recorded = record.read();
    let route = recorded.route.as_deref();
    shared.access_log.write(&AccessLine {
        ts: client.at,
        request_id: &client.request_id,
        method: asked.map(|(method, _)| method.as_str()),
        route,
        path: asked.map(|(_, path)| path).filter(|_| route.is_none()),
        status: response.status().as_u16(),
        phase: recorded.phase.as_str(),
        code: recorded.code,
        duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        ip: Some(client.ip),
        user_id: recorded.user.as_deref(),
        bytes: response.body().size_hint().exact().unwrap_or(0),
    });
}
