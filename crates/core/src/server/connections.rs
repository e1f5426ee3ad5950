//! Connections: accepted up to a maximum, closed after timeouts, and drained at shutdown without losing a request.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONNECTION, HeaderName};
use http::{HeaderMap, HeaderValue, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout, timeout_at};

use super::answering::Answering;
use super::outer::{self, ResponseBody};
use super::table::Table;
use super::timeouts::{ConnectionPhase, ConnectionTimeouts, TimeoutStream};
use super::unreadable::Unreadable;
use crate::drain;
use crate::request::{Body, IsStreamed};
use crate::state::ServerState;

/// Above the limits of `outer/head_check.rs`, so that a request beyond those still gets an answer with the envelope.
const PARSER_HEADERS: usize = 128;
const PARSER_BUFFER: usize = 64 * 1024;

/// How many seconds the connection may be idle (RFC 2068, 19.7.1.1; no newer RFC defines it, but clients read it).
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// How much shorter than the real timeout the announced one is: a last request may be on its way for this long.
const KEEP_ALIVE_MARGIN: Duration = Duration::from_secs(1);

/// The pause after a failed attempt to accept.
const ACCEPT_RETRY: Duration = Duration::from_millis(20);

/// Serves until `stop` resolves, then answers the requests that have arrived, and lets running ones end.
pub(super) async fn serve(
    listener: TcpListener,
    (shared, table, max_connections): (Arc<ServerState>, Arc<Table>, usize),
    stop: impl Future<Output = ()>,
) {
    let open = Arc::new(Semaphore::new(max_connections));
    let keep_alive = keep_alive(shared.bounds.idle_timeout);
    let connections = Connections { http: http(), keep_alive, shared, table, open };
    tokio::select! {
        () = connections.accept(&listener) => {}
        () = stop => {}
    }
    let Connections { shared, open, .. } = &connections;
    shared.health.drain();
    shared.drain.begin();
    tracing::info!("draining");
    let _ = timeout(drain::GRACE, connections.accept(&listener)).await;
    connections.accept_waiting(listener).await;
    let all = u32::try_from(max_connections).unwrap_or(u32::MAX);
    if timeout(shared.bounds.drain_timeout, open.acquire_many(all)).await.is_ok() {
        tracing::info!("drained");
    } else {
        tracing::warn!("drained by force: requests were still running");
    }
}

/// The data that all connections share.
struct Connections {
    http: http1::Builder,
    /// The value of `Keep-Alive` in answers.
    keep_alive: HeaderValue,
    shared: Arc<ServerState>,
    table: Arc<Table>,
    /// One permit for each connection that may be open.
    open: Arc<Semaphore>,
}

impl Connections {
    /// Accepts connections; never returns.
    async fn accept(&self, listener: &TcpListener) {
        loop {
            // The permit comes first: beyond the maximum, new connections wait in the kernel's queue and not in this
            // process.
            let permit = Arc::clone(&self.open).acquire_owned().await;
            match (listener.accept().await, permit) {
                (Ok((stream, peer)), Ok(permit)) => self.begin(stream, peer, permit),
                (Err(error), _) => {
                    // No free file descriptor, or the peer is gone already: neither may end the server.
                    tracing::warn!(%error, "could not accept a connection");
                    sleep(ACCEPT_RETRY).await;
                }
                // Never reached: the semaphore is not closed.
                (Ok(_), Err(_)) => {}
            }
        }
    }

    /// Accepts the connections that wait in the kernel's queue, which the runtime may not know yet, and closes the
    /// listener. Their clients are connected already, and may have sent their requests.
    async fn accept_waiting(&self, listener: TcpListener) {
        let Ok(listener) = listener.into_std() else { return };
        let end = drain::now() + drain::PATIENCE;
        while drain::now() < end {
            match listener.accept() {
                Ok((stream, peer)) => {
                    let permit = timeout_at(end, Arc::clone(&self.open).acquire_owned()).await;
                    let (Ok(Ok(permit)), Ok(stream)) = (permit, to_tokio(stream)) else { continue };
                    self.begin(stream, peer, permit);
                }
                // The queue is empty.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // The peer is gone, or no file descriptor is free. The connections behind it are still to be accepted.
                Err(_) => sleep(ACCEPT_RETRY).await,
            }
        }
    }

    /// Serves one connection, in a task of its own.
    fn begin(&self, stream: TcpStream, peer: SocketAddr, permit: OwnedSemaphorePermit) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not set TCP_NODELAY");
        }
        let (shared, table) = (Arc::clone(&self.shared), Arc::clone(&self.table));
        let timeouts =
            ConnectionTimeouts { head: shared.bounds.header_timeout, idle: shared.bounds.idle_timeout };
        let (phase, drain) = (ConnectionPhase::default(), Arc::clone(&shared.drain));
        let (keep_alive, mut shutdown) = (self.keep_alive.clone(), drain.subscribe());
        let stream = TimeoutStream::new(TokioIo::new(stream), phase.clone(), timeouts, Arc::clone(&drain));
        let state = Arc::clone(&shared);
        let stream = Unreadable::new(stream, move |status| outer::unreadable(&state, peer.ip(), status));
        let service = service_fn(move |request| {
            phase.began();
            let (shared, table, phase) = (Arc::clone(&shared), Arc::clone(&table), phase.clone());
            let keep_alive = keep_alive.clone();
            async move {
                let is_persistent = keeps_alive(request.version(), request.headers());
                let (mut response, precedes_body) = answer(&shared, &table, peer.ip(), request).await;
                if is_persistent && !response.headers().contains_key(CONNECTION) {
                    // RFC 9110, 7.6.1: `Connection` lists the headers that apply only to this connection.
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("keep-alive"));
                    response.headers_mut().insert(KEEP_ALIVE, keep_alive);
                }
                if precedes_body {
                    phase.answered_before_body();
                }
                Ok::<_, Infallible>(until_end(response, phase))
            }
        });
        let connection = self.http.serve_connection(stream, service);
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                biased;
                ended = &mut connection => ended,
                // The connection is polled once more, because the shutdown shortens its timeouts.
                _ = shutdown.changed() => connection.await,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
}

/// An answer whose body is made while it is sent keeps its connection in use until the body ends.
fn until_end(
    mut response: http::Response<ResponseBody>,
    phase: ConnectionPhase,
) -> http::Response<Answering<ResponseBody>> {
    let is_streamed = response.extensions_mut().remove::<IsStreamed>().is_some();
    if is_streamed {
        phase.streams();
    } else {
        phase.answered();
    }
    response.map(|body| Answering::new(body, is_streamed.then_some(phase)))
}

/// Answers one request. If the connection ends with it, the answer says so. Returns whether more of the body may arrive
/// after the answer.
async fn answer(
    shared: &Arc<ServerState>,
    table: &Arc<Table>,
    peer: IpAddr,
    request: http::Request<Incoming>,
) -> (http::Response<ResponseBody>, bool) {
    let version = request.version();
    let (head, incoming) = request.into_parts();
    let (body, rest) = Body::new(incoming, &head.headers, &shared.drain);
    let Ok(mut response) = outer::serve(shared, table, peer, http::Request::from_parts(head, body)).await;
    let precedes_body = rest.settle(version, &mut response, &shared.drain).await;
    (response, precedes_body)
}

/// Whether the client keeps the connection open (RFC 9112, 9.3). The parser handles clients of HTTP/1.0 that ask for
/// it.
fn keeps_alive(version: Version, headers: &HeaderMap) -> bool {
    let says_close = |line: &HeaderValue| {
        line.as_bytes()
            .split(|byte| *byte == b',')
            .any(|token| token.trim_ascii().eq_ignore_ascii_case(b"close"))
    };
    version == Version::HTTP_11 && !headers.get_all(CONNECTION).iter().any(says_close)
}

/// `Keep-Alive: timeout=…`, in whole seconds. Node.js's `http.Agent` and undici (its `fetch`) obey it: they do not send
/// a request into a connection that is about to close, where a POST would fail and must not be repeated. With 0 they
/// use each connection once.
fn keep_alive(idle: Duration) -> HeaderValue {
    let seconds = idle.saturating_sub(KEEP_ALIVE_MARGIN).as_secs();
    HeaderValue::try_from(format!("timeout={seconds}")).unwrap_or(HeaderValue::from_static("timeout=0"))
}

fn to_tokio(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
}

/// HTTP/1.1 only: TLS and HTTP/2 end at the proxy in front.
fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    // The parser has one timeout for heads and idle connections; `TimeoutStream` has two, so this one is off.
    http.header_read_timeout(None).max_headers(PARSER_HEADERS).max_buf_size(PARSER_BUFFER).keep_alive(true);
    http
}
