//! A small HTTP/1.1 client: one connection per request, stored cookies, and direct access to the socket.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::answer::Answer;

/// The timeout of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client: a browser with its cookies, or a program without.
#[derive(Clone, Debug)]
pub struct Client {
    address: SocketAddr,
    host: String,
    cookies: BTreeMap<String, String>,
    headers: Vec<(String, String)>,
}

impl Client {
    /// A program without cookies that sends this `Host`.
    pub fn new(address: SocketAddr, host: &str) -> Self {
        Self { address, host: host.to_owned(), cookies: BTreeMap::new(), headers: Vec::new() }
    }

    /// The same with this `Origin` on each request, as browsers send it.
    #[must_use]
    pub fn from_origin(self, origin: &str) -> Self {
        self.with_header("Origin", origin)
    }

    /// The same, with one more header on each request.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, without any cookie.
    #[must_use]
    pub fn without_cookies(mut self) -> Self {
        self.cookies.clear();
        self
    }

    /// A cookie by its name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Sets a cookie.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// The address to which it sends requests.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// GET.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    /// DELETE.
    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send("DELETE", path, &[], b"").await
    }

    /// POST with a JSON body; `Null` for none.
    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.json("POST", path, body).await
    }

    /// PATCH with a JSON body.
    pub async fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.json("PATCH", path, body).await
    }

    /// Any method with a JSON body; `Null` for none.
    pub async fn json(&mut self, method: &str, path: &str, body: Value) -> Answer {
        if body.is_null() {
            return self.send(method, path, &[], b"").await;
        }
        self.send(method, path, &[("Content-Type", "application/json")], body.to_string().as_bytes()).await
    }

    /// Sends a request with these additional headers and exactly this body.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.attempt(method, path, headers, body).await.unwrap_or_else(|broken| panic!("{broken}"))
    }

    /// The same, to a server that may be killed meanwhile.
    ///
    /// # Errors
    /// The failure of a request.
    pub async fn attempt(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, Broken> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.host);
        let kept = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in kept.chain(headers.iter().copied()) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            head.extend(["Cookie: ", &pairs.join("; "), "\r\n"]);
        }
        if !body.is_empty() || !matches!(method, "GET" | "HEAD") {
            head.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
        }
        head.push_str("\r\n");
        let received =
            exchange(self.address, &[head.as_bytes(), body].concat()).await.map_err(Broken::Refused)?;
        let answer = Answer::parse(&received).filter(|answer| method == "HEAD" || answer.is_whole());
        let answer = answer.ok_or(Broken::CutOff(received))?;
        self.keep_cookies(&answer);
        Ok(answer)
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for cookie in answer.all("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            if value.is_empty() || cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// What came instead of an answer.
#[derive(Debug)]
pub enum Broken {
    /// The connection was refused.
    Refused(std::io::Error),
    /// The connection ended before a complete answer; the received bytes.
    CutOff(Vec<u8>),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "connecting: {error}"),
            Self::CutOff(received) => {
                write!(f, "not an HTTP answer: {:?}", String::from_utf8_lossy(received))
            }
        }
    }
}

/// Sends these bytes and reads one answer.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> Answer {
    let received = raw_bytes(address, bytes).await;
    Answer::parse(&received)
        .unwrap_or_else(|| panic!("not an HTTP answer: {:?}", String::from_utf8_lossy(&received)))
}

/// Sends these bytes and reads whatever comes until the server closes.
pub async fn raw_bytes(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    exchange(address, bytes).await.expect("connects")
}

async fn exchange(address: SocketAddr, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        // A server that refuses early may close before everything is written; its answer still counts.
        let _ = stream.write_all(bytes).await;
        let mut received = Vec::new();
        let _ = stream.read_to_end(&mut received).await;
        Ok(received)
    };
    tokio::time::timeout(PATIENCE, exchange).await.expect("an answer in time")
}
