//! The edge of the platform: it names the client in headers of its own, whatever the client wrote there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::invocation_id;

/// With this header a test says at which address the client is.
pub(super) const CLIENT: &str = "Test-Client";

/// The largest body that the platform passes on.
const LARGEST_BODY: usize = 4_500_000;

/// The edge in front of one instance.
#[derive(Debug)]
pub(super) struct Edge {
    address: SocketAddr,
    requests: Arc<AtomicU64>,
    serving: JoinHandle<()>,
}

impl Edge {
    pub(super) async fn start(function: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, requests) = (listener.local_addr().unwrap(), Arc::new(AtomicU64::new(0)));
        let counted = Arc::clone(&requests);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(client, function, Arc::clone(&counted)));
            }
        });
        Self { address, requests, serving }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn passed_on(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Passes one request on, and its answer back.
async fn pass_on(mut client: TcpStream, function: SocketAddr, requests: Arc<AtomicU64>) {
    let mut received = Vec::new();
    let end = loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if !matches!(client.read_buf(&mut received).await, Ok(1..)) {
            return;
        }
    };
    let (head, body) = received.split_at(end);
    let head = String::from_utf8(head.to_vec()).expect("a test sends text in its headers");
    if announced(&head) > LARGEST_BODY {
        let refused = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 26\r\nConnection: close\r\n\r\nFUNCTION_PAYLOAD_TOO_LARGE";
        // The client may be gone.
        let _ = client.write_all(refused.as_bytes()).await;
        return;
    }
    let head = named(&head, requests.fetch_add(1, Ordering::SeqCst));
    let Ok(mut upstream) = TcpStream::connect(function).await else { return };
    let sent = async {
        upstream.write_all(head.as_bytes()).await?;
        upstream.write_all(body).await?;
        tokio::io::copy_bidirectional(&mut client, &mut upstream).await
    };
    // Either side may close at any time.
    let _ = sent.await;
}

/// The length of the body that a head announces.
fn announced(head: &str) -> usize {
    let length = head.split("\r\n").find_map(|line| {
        line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
    });
    length.and_then(|(_, length)| length.trim().parse().ok()).unwrap_or(0)
}

/// The head with the headers of the platform instead of those that a client wrote under their names.
fn named(head: &str, request: u64) -> String {
    let mut lines = head.split("\r\n");
    let mut named = lines.next().unwrap_or_default().to_owned();
    let mut at = "203.0.113.1";
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let name = name.to_ascii_lowercase();
        if name == CLIENT.to_ascii_lowercase() {
            at = value.trim();
        } else if !name.starts_with("x-vercel-") && !name.starts_with("x-forwarded-") && name != "x-real-ip" {
            named.extend(["\r\n", line]);
        }
    }
    let id = invocation_id();
    for (name, value) in [
        ("x-vercel-internal-invocation-id", id.as_str()),
        ("x-vercel-internal-request-id", &request.to_string()),
        ("x-vercel-id", &format!("fra1::{id}")),
        ("x-vercel-forwarded-for", at),
        ("x-forwarded-for", at),
        ("x-real-ip", at),
        ("x-forwarded-host", "app.example.org"),
        ("x-forwarded-proto", "https"),
    ] {
        named.extend(["\r\n", name, ": ", value]);
    }
    named
}
