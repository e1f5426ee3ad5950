//! A stand-in for Upstash that answers in its exact format, and the limiter against it. `UPSTASH_TEST_URL` and
//! `UPSTASH_TEST_TOKEN` name another server to run the suite against.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use palisade_core::config::settings::Setting as _;
use palisade_core::config::upstash::{RestToken, RestUrl, UpstashRest};
use palisade_core::limits::{LimitStoreError, Quota};
use palisade_core::ports::LimitStore as _;
use palisade_lib::upstash::UpstashLimiter;
use palisade_test_servers::RedisServer;
use parking_lot::Mutex;
use redis::aio::MultiplexedConnection;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::schedules::charge;
use crate::servers;

pub(crate) const TOKEN: &str = "a-token-that-may-write";

/// A REST interface in front of a Redis server. Ends with the test.
pub(crate) struct StandIn {
    url: String,
    heard: Arc<Heard>,
    serving: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Heard {
    commands: Mutex<Vec<String>>,
    /// Status and body for the next request, whatever it is.
    next: Mutex<Option<(u16, &'static str)>>,
    connections: AtomicUsize,
}

impl StandIn {
    pub(crate) async fn before(redis: &str) -> Self {
        if let Ok(url) = std::env::var("UPSTASH_TEST_URL") {
            return Self { url, heard: Arc::default(), serving: None };
        }
        let connection =
            redis::Client::open(redis).unwrap().get_multiplexed_async_connection().await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::<Heard>::default();
        let shared = Arc::clone(&heard);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                shared.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, connection.clone(), Arc::clone(&shared)));
            }
        });
        Self { url, heard, serving: Some(serving) }
    }

    pub(crate) fn address(&self) -> &str {
        &self.url
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

pub(crate) fn limiter(address: &str, prefix: &str) -> UpstashLimiter {
    let token = std::env::var("UPSTASH_TEST_TOKEN").unwrap_or_else(|_| TOKEN.to_owned());
    limiter_with(address, &token, prefix)
}

fn limiter_with(address: &str, token: &str, prefix: &str) -> UpstashLimiter {
    let rest = UpstashRest {
        url: RestUrl::parse(address).unwrap(),
        token: RestToken::parse(token).unwrap(),
        authorities: None,
    };
    UpstashLimiter::open(&rest, prefix).unwrap()
}

/// The part of HTTP/1.1 that our client needs, with keep-alive.
async fn serve(stream: TcpStream, mut redis: MultiplexedConnection, heard: Arc<Heard>) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut line, mut length, mut token) = (String::new(), 0, String::new());
        while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            let header = line.trim().to_owned();
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':') {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.trim().parse().unwrap(),
                    "authorization" => value.trim().clone_into(&mut token),
                    _ => {}
                }
            }
            line.clear();
        }
        let mut body = vec![0; length];
        if length == 0 || stream.read_exact(&mut body).await.is_err() {
            return;
        }
        let scripted = heard.next.lock().take();
        let (status, answer) = if let Some((status, answer)) = scripted {
            (status, answer.to_owned())
        } else {
            let (status, answer) = answer(&body, &token, &mut redis, &heard).await;
            (status, answer.to_string())
        };
        let intro = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        if stream.write_all(format!("{intro}{answer}").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn answer(body: &[u8], token: &str, redis: &mut MultiplexedConnection, heard: &Heard) -> (u16, Value) {
    if token != format!("Bearer {TOKEN}") {
        return (401, json!({"error": "WRONGPASS invalid or missing auth token"}));
    }
    let Ok(words) = serde_json::from_slice::<Vec<String>>(body) else {
        return (400, json!({"error": "ERR failed to parse command"}));
    };
    heard.commands.lock().push(words[0].clone());
    let mut command = redis::cmd(&words[0]);
    command.arg(&words[1..]);
    match command.query_async::<Vec<i64>>(redis).await {
        Ok(numbers) => (200, json!({"result": numbers})),
        // A failed command is 400, with the server's error.
        Err(error) => (
            400,
            json!({"error": format!("{} {}", error.code().unwrap_or("ERR"), error.detail().unwrap_or(""))}),
        ),
    }
}

const QUOTA: Quota = Quota::of(5, 60);

struct World {
    stand_in: StandIn,
    limiter: UpstashLimiter,
    _redis: RedisServer,
}

impl World {
    async fn new() -> Self {
        let redis = RedisServer::start().await.unwrap();
        let stand_in = StandIn::before(&redis.url()).await;
        Self { limiter: limiter_with(stand_in.address(), TOKEN, "t"), stand_in, _redis: redis }
    }

    async fn take(&self) -> Result<bool, LimitStoreError> {
        self.limiter.take(&[charge("a", 1, QUOTA)]).await.map(|decision| decision.passed())
    }

    fn commands(&self) -> Vec<String> {
        std::mem::take(&mut self.stand_in.heard.commands.lock())
    }
}

#[tokio::test]
async fn the_script_is_sent_once_and_then_called_by_hash() {
    let world = World::new().await;
    for _ in 0..4 {
        assert!(world.take().await.unwrap());
    }
    assert_eq!(world.commands(), ["EVALSHA", "EVAL", "EVALSHA", "EVALSHA", "EVALSHA"]);
    assert_eq!(world.stand_in.heard.connections.load(Ordering::SeqCst), 1, "one connection is kept");
    // Another server of this protocol uses another status.
    *world.stand_in.heard.next.lock() =
        Some((500, r#"{"error":"Failed to execute Redis command: NOSCRIPT No matching script."}"#));
    assert!(world.take().await.unwrap());
    assert_eq!(world.commands(), ["EVAL"]);
}

#[tokio::test]
async fn an_invalid_response_is_an_error_whatever_its_status() {
    let world = World::new().await;
    for (status, body) in [
        (200, r#"{"error":"ERR max requests limit exceeded"}"#),
        (400, r#"{"error":"ERR value is not an integer"}"#),
        (401, "Unauthorized"),
        (429, r#"{"error":"too many"}"#),
        (500, "<html>"),
        (200, "<html>"),
        (200, "{}"),
        (200, r#"{"result":null}"#),
        (200, r#"{"result":"OK"}"#),
        (200, r#"{"result":[1,2]}"#),
        (200, r#"{"result":[1,2,3,-1]}"#),
        (200, r#"{"result":[1,2,3,-1,5,6]}"#),
        (503, r#"{"result":[1,2,3,-1,5]}"#),
        (302, ""),
    ] {
        *world.stand_in.heard.next.lock() = Some((status, body));
        let failed = world.take().await.unwrap_err();
        assert!(matches!(failed, LimitStoreError::BadAnswer(_)), "{status} {body}: {failed:?}");
    }
    assert!(world.take().await.unwrap());
}

#[tokio::test]
async fn a_wrong_token_is_an_error_and_never_shown() {
    let world = World::new().await;
    let limiter = limiter_with(world.stand_in.address(), "another-token", "t");
    let failed = limiter.take(&[charge("a", 1, QUOTA)]).await.unwrap_err();
    assert!(matches!(failed, LimitStoreError::BadAnswer(_)));
    let printed = format!("{failed:?}{limiter:?}");
    assert!(printed.contains("WRONGPASS") && !printed.contains("another-token"), "{printed}");
}

#[tokio::test]
async fn a_missing_interface_is_unreachable() {
    let limiter = limiter_with(&format!("http://127.0.0.1:{}", servers::free_port()), TOKEN, "t");
    let failed = limiter.take(&[charge("a", 1, QUOTA)]).await.unwrap_err();
    assert!(matches!(failed, LimitStoreError::Unreachable(_)), "{failed:?}");
}
