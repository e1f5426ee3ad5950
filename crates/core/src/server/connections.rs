//! Connections: accepting, bounding, timing out, and draining without cutting anyone off.

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

use super::outer::{self, ResponseBody};
use super::table::Table;
use super::timeouts::{ConnectionPhase, ConnectionTimeouts, TimeoutStream};
use super::unreadable::Unreadable;
use crate::drain;
use crate::request::Body;
use crate::state::ServerState;

/// Above our own limits, so that what passes them is answered by us and not by the parser.
const PARSER_HEADERS: usize = 128;
const PARSER_BUFFER: usize = 64 * 1024;

/// RFC 2068, 19.7.1.1, as everybody still means it: for so many seconds the connection may be idle.
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// How much sooner than it would be closed a client is told that it will be: the time that its last request may be on its way.
const MARGIN: Duration = Duration::from_secs(1);

/// Before the next try to accept, when one failed.
const AGAIN: Duration = Duration::from_millis(20);

/// Serves until `stop` resolves, then answers what has arrived and lets running requests end.
pub(super) async fn serve(
    listener: TcpListener,
    (shared, table, max_connections): (Arc<ServerState>, Arc<Table>, usize),
    stop: impl Future<Output = ()>,
) {
    let open = Arc::new(Semaphore::new(max_connections));
    let told = told(shared.bounds.idle_timeout);
    let connections = Connections { http: http(), told, shared, table, open };
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

/// What all connections have in common.
struct Connections {
    http: http1::Builder,
    /// How long clients are told that a connection may be idle.
    told: HeaderValue,
    shared: Arc<ServerState>,
    table: Arc<Table>,
    /// One permit for each that may be open.
    open: Arc<Semaphore>,
}

impl Connections {
    /// Accepts whoever comes; never ready.
    async fn accept(&self, listener: &TcpListener) {
        loop {
            // The permit comes first: past the bound new connections wait in the kernel's queue instead of our memory.
            let permit = Arc::clone(&self.open).acquire_owned().await;
            match (listener.accept().await, permit) {
                (Ok((stream, peer)), Ok(permit)) => self.begin(stream, peer, permit),
                (Err(error), _) => {
                    // Out of file descriptors, or the peer is gone already: neither may end the server.
                    tracing::warn!(%error, "could not accept a connection");
                    sleep(AGAIN).await;
                }
                // Nobody closes it.
                (Ok(_), Err(_)) => {}
            }
        }
    }

    /// Takes what waits in the kernel's queue, of which the runtime may not know yet, and closes it. Whoever waits there was
    /// told that they are connected, and may have written their request.
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
                // Nobody waits any more.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // Whoever waits behind a peer that is gone, or comes to be accepted when a file descriptor is free again, has
                // been told the same.
                Err(_) => sleep(AGAIN).await,
            }
        }
    }

    /// Serves one connection, beside all others.
    fn begin(&self, stream: TcpStream, peer: SocketAddr, permit: OwnedSemaphorePermit) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not set TCP_NODELAY");
        }
        let (shared, table) = (Arc::clone(&self.shared), Arc::clone(&self.table));
        let patience =
            ConnectionTimeouts { head: shared.bounds.header_timeout, idle: shared.bounds.idle_timeout };
        let (pace, drain) = (ConnectionPhase::default(), Arc::clone(&shared.drain));
        let (told, mut ends) = (self.told.clone(), drain.told());
        let stream = TimeoutStream::new(TokioIo::new(stream), pace.clone(), patience, Arc::clone(&drain));
        let wording = Arc::clone(&shared);
        let stream = Unreadable::new(stream, move |status| outer::unreadable(&wording, peer.ip(), status));
        let service = service_fn(move |request| {
            pace.began();
            let (shared, table, pace) = (Arc::clone(&shared), Arc::clone(&table), pace.clone());
            let told = told.clone();
            async move {
                let keeps = keeps_alive(request.version(), request.headers());
                let (mut response, is_ahead) = answer(&shared, &table, peer.ip(), request).await;
                if keeps && !response.headers().contains_key(CONNECTION) {
                    // RFC 9110, 7.6.1: what is meant for this connection only is named as such.
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("keep-alive"));
                    response.headers_mut().insert(KEEP_ALIVE, told);
                }
                if is_ahead {
                    pace.ran_ahead();
                }
                pace.answered();
                Ok::<_, Infallible>(response)
            }
        });
        let connection = self.http.serve_connection(stream, service);
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                biased;
                ended = &mut connection => ended,
                // Looks at its bounds once more: they are others now.
                _ = ends.changed() => connection.await,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
}

/// Answers one request, and sees to it that the answer says so if the connection ends with it. Tells whether the answer is
/// ahead of a body that may still come.
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
    let is_ahead = rest.settle(version, &mut response, &shared.drain).await;
    (response, is_ahead)
}

/// Whether the client goes on with the connection (RFC 9112, 9.3). Of HTTP/1.0 only those do that ask for it, and the parser
/// answers them.
fn keeps_alive(version: Version, headers: &HeaderMap) -> bool {
    let says_close = |line: &HeaderValue| {
        line.as_bytes()
            .split(|byte| *byte == b',')
            .any(|token| token.trim_ascii().eq_ignore_ascii_case(b"close"))
    };
    version == Version::HTTP_11 && !headers.get_all(CONNECTION).iter().any(says_close)
}

/// `Keep-Alive: timeout=…`, in whole seconds. Node.js's `http.Agent` and undici (which is its `fetch`) obey it: they do not
/// send a request into a connection that is about to be closed, where a POST fails that nobody may repeat. At 0 they use
/// none twice.
fn told(idle: Duration) -> HeaderValue {
    let seconds = idle.saturating_sub(MARGIN).as_secs();
    HeaderValue::try_from(format!("timeout={seconds}")).unwrap_or(HeaderValue::from_static("timeout=0"))
}

fn to_tokio(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
}

/// HTTP/1.1 only: TLS and HTTP/2 end at the proxy in front.
fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    // One timeout for heads and idle connections alike; ours are two, kept where the bytes come in.
    http.header_read_timeout(None).max_headers(PARSER_HEADERS).max_buf_size(PARSER_BUFFER).keep_alive(true);
    http
}
