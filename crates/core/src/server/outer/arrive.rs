//! The outermost layer: determines the client of a request, and writes the access line with its answer.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{HeaderName, USER_AGENT};
use http::{HeaderMap, Method, Uri};
use tower::Service;
use uuid::Uuid;

use super::arrived::{Arrived, ArrivedBody};
use super::finish::{Finish, Finishing};
use super::headers::REQUEST_ID;
use crate::identity::Client;
use crate::net::{ClientAddress, Sent};
use crate::request::{Arrival, Request};
use crate::state::ServerState;
use crate::traces::{Ended, Parent, RunningSpan, TraceId};
use crate::utils::languages::AcceptedLanguages;
use crate::utils::logger::AccessLine;
use crate::values::uuid_v7;

/// The maximum length of the kept `User-Agent`, in bytes: more than any list of sessions shows.
const MAX_USER_AGENT: usize = 256;

/// The headers of W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

#[derive(Clone, Debug)]
pub(super) struct Arrive<'a, S> {
    shared: &'a ServerState,
    peer: IpAddr,
    inner: S,
}

impl<'a, S> Arrive<'a, S> {
    pub(super) fn new(shared: &'a ServerState, peer: IpAddr, inner: S) -> Self {
        Self { shared, peer, inner }
    }
}

impl<'a, S, B> Service<Request> for Arrive<'a, S>
where
    S: Service<Arrived, Response = http::Response<B>, Error = Infallible>,
    B: http_body::Body,
{
    type Response = http::Response<B>;
    type Error = Infallible;
    type Future = Finishing<S::Future, Logged<'a>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let started = self.shared.clock.monotonic();
        let arrival = arrival(self.shared, self.peer, &request);
        let parent = || parent(&arrival, request.headers());
        let span = self.shared.traces.begin(self.shared.rng.as_ref(), parent);
        let logged = Logged {
            shared: self.shared,
            arrival: arrival.clone(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            started,
            span,
        };
        Finishing::new(self.inner.call(request.map(|body| ArrivedBody { arrival, body })), logged)
    }
}

/// A request whose answer will be logged.
pub(super) struct Logged<'a> {
    shared: &'a ServerState,
    arrival: Arrival,
    method: Method,
    uri: Uri,
    started: Duration,
    span: Option<Box<RunningSpan>>,
}

impl<B: http_body::Body> Finish<B> for Logged<'_> {
    fn finish(self, response: &mut http::Response<B>) {
        let took = self.shared.clock.monotonic().saturating_sub(self.started);
        let asked = Some((&self.method, self.uri.path()));
        let trace = self.span.as_ref().map(|span| span.trace);
        write_access_line(self.shared, &self.arrival, asked, response, took, trace);
        if let Some(span) = self.span {
            let (client, record) = (self.arrival.client(), self.arrival.record());
            span.end(Ended {
                method: self.method.as_str(),
                path: Some(self.uri.path()).filter(|_| record.route.is_none()),
                route: record.route,
                is_https: self.shared.secure_cookies,
                status: response.status().as_u16(),
                code: record.code,
                request_id: Arc::clone(&client.request_id),
                at: client.at,
                took,
            });
        }
    }
}

/// `asked` is the method and the path, where they could be read.
pub(super) fn write_access_line<B: http_body::Body>(
    shared: &ServerState,
    arrival: &Arrival,
    asked: Option<(&Method, &str)>,
    response: &http::Response<B>,
    took: Duration,
    trace: Option<TraceId>,
) {
    let (client, record) = (arrival.client(), arrival.record());
    let route = record.route.as_deref();
    let method = asked.map(|(method, _)| method.as_str());
    shared.metrics.answered(method, route, response.status().as_u16(), took);
    shared.access_log.write(&AccessLine {
        ts: client.at,
        request_id: &client.request_id,
        trace_id: trace,
        method,
        route,
        path: asked.map(|(_, path)| path).filter(|_| route.is_none()),
        status: response.status().as_u16(),
        phase: record.phase.as_str(),
        code: record.code,
        duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        ip: Some(client.ip),
        user_id: record.user.as_deref(),
        key_id: record.key.as_deref(),
        bytes: response.body().size_hint().exact().unwrap_or(0),
    });
}

/// The data about a request that its head gives.
pub(super) fn arrival(shared: &ServerState, peer: IpAddr, request: &Request) -> Arrival {
    let headers = request.headers();
    let signed = shared.signed_clients.as_ref().and_then(|signed| signed.client(headers, shared.clock.now()));
    let address = signed.unwrap_or_else(|| shared.trusted_proxies.client(peer, headers));
    let client = client(shared, &address, request.headers());
    Arrival::new(client, (peer, address), request, shared.secure_cookies, shared.bounds.handler_timeout)
}

/// The origin of the request. An inbound request id counts only from a trusted proxy.
fn client(shared: &ServerState, address: &ClientAddress, headers: &HeaderMap) -> Client {
    let inbound = sent_once(headers, &REQUEST_ID).filter(|_| address.is_vouched());
    let request_id: Arc<str> = if let Some(id) = inbound.filter(|id| is_request_id(id)) {
        id.into()
    } else {
        let id = uuid_v7(shared.clock.as_ref(), shared.rng.as_ref());
        Arc::from(&*id.simple().encode_lower(&mut Uuid::encode_buffer()))
    };
    let user_agent = headers.get(USER_AGENT).map(|agent| user_agent(agent.as_bytes()));
    let languages = AcceptedLanguages::of(headers);
    Client { ip: address.ip, user_agent, languages, request_id, at: shared.clock.now() }
}

/// The span of a trusted proxy that sent the request: any other caller could put its requests into the traces of others.
fn parent(arrival: &Arrival, headers: &HeaderMap) -> Option<Parent> {
    let parent = sent_once(headers, &TRACEPARENT).filter(|_| arrival.is_vouched())?;
    Parent::parse(parent, sent_once(headers, &TRACESTATE))
}

/// A header that a proxy sets. With two of them, one may be the client's own: the proxy may have appended its header instead
/// of replacing it.
fn sent_once<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    match Sent::of(headers, name) {
        Sent::Once(text) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

/// The header as visible ASCII: other characters could reverse the text, or look like different ones.
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
