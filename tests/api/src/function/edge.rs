//! The edge of the platform: it ends the connections of clients, gives each request an id, and names the client in headers
//! of its own, whatever the client wrote there.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::invocation_id;

/// With this header a test says at which address the client is. Without it, the client is the peer of the connection.
pub(super) const CLIENT: &str = "test-client";

/// The largest body that the platform passes on.
const LARGEST_BODY: u64 = 4_500_000;

/// How long the rest of a body that is too large is read.
const REST: Duration = Duration::from_secs(10);

/// The headers that the platform writes beside the ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Those that name the client, instead of any that the client wrote under their names.
    Client,
    /// None: the server trusts another proxy than the platform, and the test plays it.
    #[cfg(feature = "vercel")]
    Nobody,
}

/// What has passed.
#[derive(Debug, Default)]
struct Passed {
    /// The number of requests so far, which is also the id of the next one.
    requests: u64,
    /// The ids of those that the function has answered.
    answered: Vec<u64>,
}

/// The edge in front of one instance. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Edge {
    address: SocketAddr,
    passed: Arc<Mutex<Passed>>,
    serving: JoinHandle<()>,
}

impl Edge {
    pub(crate) async fn start(function: SocketAddr, names: Names) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let passed = Arc::<Mutex<Passed>>::default();
        let serving = tokio::spawn(serve(listener, To { function, names, passed: Arc::clone(&passed) }));
        Self { address, passed, serving }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests it has passed on.
    pub(crate) fn passed_on(&self) -> u64 {
        self.passed.lock().requests
    }

    /// The ids of the requests that the function has answered, sorted.
    pub(crate) fn answered(&self) -> Vec<u64> {
        let mut answered = self.passed.lock().answered.clone();
        answered.sort_unstable();
        answered
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The function behind an edge.
#[derive(Clone, Debug)]
struct To {
    function: SocketAddr,
    names: Names,
    passed: Arc<Mutex<Passed>>,
}

type Answer = Response<Either<Incoming, Full<Bytes>>>;

async fn serve(listener: TcpListener, to: To) {
    while let Ok((stream, client)) = listener.accept().await {
        let to = to.clone();
        let service = service_fn(move |request| pass_on(to.clone(), client.ip(), request));
        let connection =
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        // A client may leave at any time.
        tokio::spawn(async move { drop(connection.await) });
    }
}

/// Passes one request on, and its answer back.
async fn pass_on(to: To, client: IpAddr, mut request: Request<Incoming>) -> hyper::Result<Answer> {
    if announced(request.headers()) > LARGEST_BODY {
        // Somebody has to read the rest: a connection that ends before it can take the answer with it.
        tokio::spawn(tokio::time::timeout(REST, request.into_body().collect()));
        return Ok(own(StatusCode::PAYLOAD_TOO_LARGE, "FUNCTION_PAYLOAD_TOO_LARGE"));
    }
    let id = {
        let mut passed = to.passed.lock();
        passed.requests += 1;
        passed.requests - 1
    };
    *request.version_mut() = Version::HTTP_11;
    name(request.headers_mut(), id, client, to.names);
    match answer(to.function, request).await {
        Ok(answer) => {
            to.passed.lock().answered.push(id);
            Ok(answer.map(Either::Left))
        }
        Err(error) => Ok(own(StatusCode::BAD_GATEWAY, &format!("FUNCTION_INVOCATION_FAILED: {error}"))),
    }
}

async fn answer(
    function: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Incoming>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(function).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

/// An answer of the platform itself.
fn own(status: StatusCode, text: &str) -> Answer {
    let mut answer = Response::new(Either::Right(Full::from(text.to_owned())));
    *answer.status_mut() = status;
    answer
}

/// The length of the body that a head announces.
fn announced(headers: &HeaderMap) -> u64 {
    headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse().ok())
        .unwrap_or(0)
}

/// Writes the headers of the platform, instead of those that a client wrote under their names.
fn name(headers: &mut HeaderMap, request: u64, peer: IpAddr, names: Names) {
    let said = headers.remove(CLIENT).unwrap_or_else(|| value(&peer.to_string()));
    let id = invocation_id();
    headers.insert("x-vercel-internal-invocation-id", value(&id));
    headers.insert("x-vercel-internal-request-id", value(&request.to_string()));
    if names != Names::Client {
        return;
    }
    let is_platforms = |name: &HeaderName| {
        let name = name.as_str();
        let starts = ["x-vercel-", "x-forwarded-"].iter().any(|start| name.starts_with(start));
        (starts && !name.starts_with("x-vercel-internal-")) || name == "x-real-ip"
    };
    let written: Vec<HeaderName> = headers.keys().filter(|name| is_platforms(name)).cloned().collect();
    for name in written {
        headers.remove(name);
    }
    headers.insert("x-vercel-id", value(&format!("fra1::{id}")));
    for name in ["x-vercel-forwarded-for", "x-forwarded-for", "x-real-ip"] {
        headers.insert(name, said.clone());
    }
    if let Some(host) = headers.get(HOST).cloned() {
        headers.insert("x-forwarded-host", host);
    }
    headers.insert("x-forwarded-proto", value("https"));
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap()
}
