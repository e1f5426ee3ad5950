//! The store of the limits.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use palisade_api_tests::World;
use palisade_api_tests::binary::run;
use palisade_core::ports::{Clock as _, SystemClock};
use palisade_test_servers::redis_url;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::until;

/// Two servers that let three requests of a network through, each with these variables; gives the statuses of four
/// requests, which go to them in turn.
async fn four_in_turn(one: &[(&str, &str)], other: &[(&str, &str)]) -> Vec<u16> {
    let limit = [("RATE_LIMIT_REFUSED", "3/1h"), ("RATE_LIMIT_TIMEOUT", "5s")];
    let worlds = [World::set(&[&limit, one].concat()).await, World::set(&[&limit, other].concat()).await];
    for world in &worlds {
        // A store is shared from the moment on at which it first answered.
        until("its store answers", async || world.services.limiter_state().is_none_or(|state| !state.away))
            .await;
    }
    let mut statuses = Vec::new();
    for turn in 0..4 {
        statuses.push(worlds[turn % 2].program().get("/nowhere").await.status);
    }
    statuses
}

/// A prefix that no other test has, nor this one in another run.
fn prefix(name: &str) -> String {
    format!("{name}-{}", SystemClock::new().now().as_millis())
}

#[tokio::test]
async fn rate_limit_url_lets_servers_count_together() {
    let (redis, prefix) = (redis_url(), prefix("together"));
    let shared = [("RATE_LIMIT_URL", redis.as_str()), ("RATE_LIMIT_PREFIX", prefix.as_str())];
    assert_eq!(Box::pin(four_in_turn(&shared, &shared)).await, [404, 404, 404, 429]);
    let alone = [("RATE_LIMIT_URL", "memory://")];
    assert_eq!(Box::pin(four_in_turn(&alone, &alone)).await, [404, 404, 404, 404]);
}

#[tokio::test]
async fn rate_limit_prefix_keeps_deployments_on_one_server_apart() {
    let (redis, one, other) = (redis_url(), prefix("one"), prefix("other"));
    let shared = [("RATE_LIMIT_URL", redis.as_str()), ("RATE_LIMIT_PREFIX", one.as_str())];
    let apart = [("RATE_LIMIT_URL", redis.as_str()), ("RATE_LIMIT_PREFIX", other.as_str())];
    assert_eq!(Box::pin(four_in_turn(&shared, &apart)).await, [404, 404, 404, 404]);
}

/// A store that takes connections and never answers; tells what it was sent first.
fn silent() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let tell = tell.clone();
            std::thread::spawn(move || {
                let (mut stream, mut buffer) = (stream.unwrap(), [0; 4096]);
                let mut heard = String::new();
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    heard.push_str(&String::from_utf8_lossy(&buffer[..read]));
                    // The test may have heard enough.
                    let _ = tell.send(heard.clone());
                }
            });
        }
    });
    (port, told)
}

/// What a server sends to the REST interface that these variables name.
async fn sent_to_upstash(url: &str, token: &str, value: &str) -> String {
    let (port, heard) = silent();
    let world = World::set(&[(url, &format!("http://127.0.0.1:{port}")), (token, value)]).await;
    world.program().get("/nowhere").await;
    let mut sent = String::new();
    until("it is asked", async || {
        sent = heard.try_recv().unwrap_or_default().to_lowercase();
        sent.contains("\r\n\r\n")
    })
    .await;
    sent
}

#[tokio::test]
async fn upstash_redis_rest_url_is_where_windows_are_counted() {
    let sent = sent_to_upstash("UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN", "a-token").await;
    assert!(sent.starts_with("post / http/1.1"), "{sent}");
}

#[tokio::test]
async fn upstash_redis_rest_token_is_shown_there() {
    for token in ["one-token", "another-token"] {
        let sent = sent_to_upstash("UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN", token).await;
        assert!(sent.contains(&format!("authorization: bearer {token}\r\n")), "{sent}");
    }
}

#[tokio::test]
async fn kv_rest_api_url_is_where_windows_are_counted() {
    let sent = sent_to_upstash("KV_REST_API_URL", "KV_REST_API_TOKEN", "a-token").await;
    assert!(sent.starts_with("post / http/1.1"), "{sent}");
}

#[tokio::test]
async fn kv_rest_api_token_is_shown_there() {
    for token in ["one-token", "another-token"] {
        let sent = sent_to_upstash("KV_REST_API_URL", "KV_REST_API_TOKEN", token).await;
        assert!(sent.contains(&format!("authorization: bearer {token}\r\n")), "{sent}");
    }
}

/// How long the first answer takes when the store of limits never says anything.
async fn waited_for_the_store(timeout: &str) -> Duration {
    let (port, _heard) = silent();
    let url = format!("http://127.0.0.1:{port}");
    let world = World::set(&[
        ("UPSTASH_REDIS_REST_URL", &url),
        ("UPSTASH_REDIS_REST_TOKEN", "a-token"),
        ("RATE_LIMIT_TIMEOUT", timeout),
    ])
    .await;
    let clock = SystemClock::new();
    assert_eq!(world.program().get("/nowhere").await.status, 404, "this process decides");
    clock.monotonic()
}

#[tokio::test]
async fn rate_limit_timeout_is_how_long_the_shared_store_may_take() {
    let (short, long) = (waited_for_the_store("50ms").await, waited_for_the_store("3s").await);
    assert!(short < long && long >= Duration::from_secs(2), "{short:?} {long:?}");
}

/// Of fifty networks that used up their limit: how many have another try after many others came.
async fn forgotten(memory: &str) -> usize {
    let world = World::set(&[
        ("RATE_LIMIT_REFUSED", "1/1d"),
        ("RATE_LIMIT_MEMORY", memory),
        ("TRUSTED_PROXIES", "loopback"),
    ])
    .await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let mut ask = async |networks: std::ops::Range<usize>| {
        let mut passed = 0;
        for network in networks {
            let from = format!("2001:db8:{:x}:{:x}::1", network / 256, network % 256);
            let head = format!("GET /nowhere HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {from}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let mut buffer = [0; 4096];
            while !answer.ends_with(b"}}") {
                let read = stream.read(&mut buffer).await.unwrap();
                assert_ne!(read, 0, "closed after {}", String::from_utf8_lossy(&answer));
                answer.extend_from_slice(&buffer[..read]);
            }
            passed += usize::from(answer.starts_with(b"HTTP/1.1 404"));
        }
        passed
    };
    assert_eq!(ask(0..50).await, 50);
    assert_eq!(ask(0..50).await, 0);
    assert_eq!(ask(50..8_000).await, 7_950);
    ask(0..50).await
}

#[tokio::test]
async fn rate_limit_memory_is_how_much_this_process_remembers() {
    assert_eq!(forgotten("64MiB").await, 0);
    assert!(forgotten("1MiB").await > 0);
}

#[test]
fn rate_limit_unshared_lets_instances_that_come_and_go_count_for_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let secret = run(folder.path(), &["keys", "new", "--id", "one"], &[]).printed;
    let checked = |unshared: &str| {
        let variables = [
            ("APP_ENV", "production"),
            ("APP_URL", "https://app.example.org"),
            ("SMTP_URL", "smtps://mailer:q7PxT2vR9kLm@smtp.example.org:465"),
            ("MAIL_FROM", "no-reply@example.org"),
            ("SECRET_KEYS", secret.trim()),
            ("VERCEL", "1"),
            ("DATABASE_URL", "mongodb://db.example.org/palisade?tls=true&maxPoolSize=5"),
            ("TRUSTED_PROXIES", "vercel"),
            ("RATE_LIMIT_UNSHARED", unshared),
        ];
        run(folder.path(), &["check"], &variables)
    };
    let refused = checked("refuse");
    assert_eq!(refused.status, Some(1));
    assert!(refused.complained.contains("RATE_LIMIT_URL: "), "{}", refused.complained);
    assert_eq!(checked("allow").status, Some(0));
}
