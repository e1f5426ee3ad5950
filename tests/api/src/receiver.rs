//! A receiver of webhooks on this machine, whose answers a test decides.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a receiver answers to an event: a status, after a while.
type Answering = Arc<dyn Fn(&Received) -> (u16, Duration) + Send + Sync>;

/// A delivery as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// The headers, by lower-case names.
    pub headers: HashMap<String, String>,
    /// The body as sent.
    pub body: String,
    /// The answered status.
    pub status: u16,
}

impl Received {
    /// The payload.
    pub fn payload(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// When the event happened.
    pub fn happened_at(&self) -> String {
        self.at("/timestamp")
    }

    fn at(&self, pointer: &str) -> String {
        self.payload().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The id of the event.
    pub fn id(&self) -> String {
        self.header("webhook-id").to_owned()
    }

    /// The type of the event.
    pub fn kind(&self) -> String {
        self.at("/type")
    }

    /// The user whom the event concerns, or nobody.
    pub fn user(&self) -> String {
        self.at("/data/userId")
    }

    /// Whether the reference library signs it like this with this secret. It cannot verify, because the clock of a test is not
    /// that of this machine.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let at = self.header("webhook-timestamp").parse().unwrap();
        let expected = Webhook::new(secret).unwrap().sign(&self.id(), at, self.body.as_bytes()).unwrap();
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
    }
}

/// The receiver. Dropping it ends it.
pub struct Receiver {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    answering: Arc<Mutex<Answering>>,
    serving: Option<JoinHandle<()>>,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Receiver {
    /// Starts one that takes everything.
    pub async fn start() -> Self {
        let answering: Answering = Arc::new(|_| (200, Duration::ZERO));
        let mut receiver = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            received: Arc::default(),
            answering: Arc::new(Mutex::new(answering)),
            serving: None,
        };
        receiver.come_back().await;
        receiver
    }

    /// The address for `POST /webhooks` and `WEBHOOK_URL`.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What arrived so far, in the order of arrival.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().clone()
    }

    /// What it took.
    pub fn taken(&self) -> Vec<Received> {
        self.received().into_iter().filter(|received| received.status == 200).collect()
    }

    /// From now on it answers like this.
    pub fn answer(&self, with: impl Fn(&Received) -> (u16, Duration) + Send + Sync + 'static) {
        *self.answering.lock() = Arc::new(with);
    }

    /// From now on nobody listens.
    pub async fn go_away(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    /// Listens, again at the same address.
    pub async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (received, answering) = (Arc::clone(&self.received), Arc::clone(&self.answering));
        self.serving = Some(tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (received, answering) = (Arc::clone(&received), Arc::clone(&answering));
                connections.spawn(async move {
                    let _ = serve(stream, &received, &answering).await;
                });
            }
        }));
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}

/// Requests of one connection, one after the other.
async fn serve(
    mut stream: TcpStream,
    received: &Mutex<Vec<Received>>,
    answering: &Mutex<Answering>,
) -> std::io::Result<()> {
    let mut unread = Vec::new();
    while let Some((head, body)) = request(&mut stream, &mut unread).await? {
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        let mut delivery = Received { headers, body, status: 0 };
        let answer = Arc::clone(&answering.lock());
        let (status, after) = answer(&delivery);
        delivery.status = status;
        tokio::time::sleep(after).await;
        received.lock().push(delivery);
        let text = json!({}).to_string();
        let answer = format!("HTTP/1.1 {status} .\r\nContent-Length: {}\r\n\r\n{text}", text.len());
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// Head and body of the next request; `None` at the end of the connection.
async fn request(stream: &mut TcpStream, unread: &mut Vec<u8>) -> std::io::Result<Option<(String, String)>> {
    loop {
        if let Some(end) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(unread.get(..end).unwrap_or_default()).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            let whole = end + 4 + length.unwrap_or(0);
            if let Some(body) = unread.get(end + 4..whole) {
                let body = String::from_utf8_lossy(body).into_owned();
                unread.drain(..whole);
                return Ok(Some((head, body)));
            }
        }
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await?;
        if read == 0 {
            return Ok(None);
        }
        unread.extend(part.iter().take(read));
    }
}
