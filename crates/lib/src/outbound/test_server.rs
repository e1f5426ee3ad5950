//! A server on loopback that answers what a test says, byte for byte if it must.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request as received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// By lower-case name.
    pub(crate) headers: HashMap<String, String>,
    /// As text; bytes that are none are replaced.
    pub(crate) body: String,
}

impl Received {
    /// The members of a form, decoded.
    pub(crate) fn form(&self) -> HashMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Waits before the first byte.
    pub(crate) delay: Duration,
    /// Waits after the half of the body.
    pub(crate) pause: Duration,
    /// Sends these bytes and nothing of the rest.
    pub(crate) raw: Option<Vec<u8>>,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let (delay, pause) = (Duration::ZERO, Duration::ZERO);
        Self { status, content_type, headers: Vec::new(), body: body.into(), delay, pause, raw: None }
    }

    pub(crate) fn json(body: &serde_json::Value) -> Self {
        Self::new(200, "application/json", body.to_string())
    }

    pub(crate) fn raw(bytes: &[u8]) -> Self {
        Self { raw: Some(bytes.to_vec()), ..Self::new(200, "", "") }
    }
}

/// What the server answers and what it was asked.
#[derive(Debug, Default)]
struct Script {
    replies: HashMap<String, Reply>,
    received: Vec<Received>,
}

/// A running server. It ends with the runtime of its test.
#[derive(Clone, Debug)]
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::<Mutex<Script>>::default();
        let shared = Arc::clone(&script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { address, script }
    }

    /// Its address: `http://127.0.0.1:port`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The answer to every later request for this path; other paths get 404.
    pub(crate) fn reply(&self, path: &str, reply: Reply) {
        self.script.lock().replies.insert(path.to_owned(), reply);
    }

    /// The requests for a path so far.
    pub(crate) fn received(&self, path: &str) -> Vec<Received> {
        let is_for = |request: &&Received| request.target.split('?').next() == Some(path);
        self.script.lock().received.iter().filter(is_for).cloned().collect()
    }

    /// The number of all requests so far.
    pub(crate) fn count(&self) -> usize {
        self.script.lock().received.len()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let Some(request) = read(&mut stream).await else { return };
    let path = request.target.split('?').next().unwrap_or_default().to_owned();
    let reply = {
        let mut script = script.lock();
        script.received.push(request);
        script.replies.get(&path).cloned()
    };
    let reply = reply.unwrap_or_else(|| Reply::new(404, "text/html", "<h1>not here</h1>"));
    tokio::time::sleep(reply.delay).await;
    if let Some(raw) = reply.raw {
        let _ = stream.write_all(&raw).await;
        return;
    }
    let mut head = format!(
        "HTTP/1.1 {} Answer\r\nContent-Type: {}\r\nConnection: close\r\n",
        reply.status, reply.content_type
    );
    for (name, value) in &reply.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).await;
    let (first, second) = reply.body.split_at(reply.body.len() / 2);
    let _ = stream.write_all(first).await;
    tokio::time::sleep(reply.pause).await;
    let _ = stream.write_all(second).await;
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
