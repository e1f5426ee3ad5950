//! Slow and aborted connections: the real process limits them, keeps nothing of them, and they slow down no other
//! client.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

use std::time::Duration;

use palisade_api_tests::Answer;
use palisade_api_tests::{Binary, World};
use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::{Empty, Success as Output};
use palisade_core::routes::{Routes, get, post};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Past any bound of these tests; a server that waits longer has none.
const NEVER: Duration = Duration::from_secs(20);

/// Asks nothing of a store: on a machine that is busy with others a store may answer late.
const LIVE: &str = "GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\n";

async fn connected(server: &Binary, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// What is still said before the server closes.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    let closed = timeout(NEVER, stream.read_to_end(&mut received)).await;
    assert!(closed.is_ok(), "still open after: {}", String::from_utf8_lossy(&received));
    String::from_utf8_lossy(&received).into_owned()
}

/// Reads one answer of a connection that stays open.
async fn answer(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    while !received.ends_with(b"}}") {
        let count = timeout(NEVER, stream.read(&mut buffer)).await.expect("an answer").unwrap();
        assert_ne!(count, 0, "closed after: {}", String::from_utf8_lossy(&received));
        received.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8(received).unwrap()
}

#[tokio::test]
async fn an_endless_head_is_cut_off_although_bytes_arrive() {
    let server = Binary::start(&[("HEADER_TIMEOUT", "1s"), ("IDLE_TIMEOUT", "60m")]).await;
    let mut silent = connected(&server, "").await;
    let mut begun = connected(&server, "GET /api/v1/health/live HTTP/1.1\r\nHost: loc").await;
    let mut dripping = connected(&server, "GET /api/v1/health/live HTTP/1.1\r\n").await;
    let drip = async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if dripping.write_all(b"X: y\r\n").await.is_err() {
                break;
            }
        }
    };
    timeout(NEVER, drip).await.expect("dripping ends");
    assert!(!until_closed(&mut silent).await.contains("200"));
    assert!(!until_closed(&mut begun).await.contains("200"));
    // On a connection that has served before, the same bound counts from the first byte of the next head.
    let mut kept = connected(&server, &format!("{LIVE}\r\n")).await;
    assert!(answer(&mut kept).await.starts_with("HTTP/1.1 200"));
    kept.write_all(b"GET / HTT").await.unwrap();
    assert!(!until_closed(&mut kept).await.contains("200"));
    assert_eq!(server.program().get("/api/v1/health/live").await.status, 200);
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_timeout() {
    let server = Binary::start(&[("HEADER_TIMEOUT", "1s"), ("IDLE_TIMEOUT", "3s")]).await;
    let mut kept = connected(&server, &format!("{LIVE}\r\n")).await;
    assert!(answer(&mut kept).await.starts_with("HTTP/1.1 200"));
    // Longer than a head may take, and twice: the bound begins anew with each answer.
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(1700)).await;
        kept.write_all(format!("{LIVE}\r\n").as_bytes()).await.unwrap();
        assert!(answer(&mut kept).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(until_closed(&mut kept).await, "");
}

/// The header `Keep-Alive` of an answer.
fn told(answer: &str) -> Option<u64> {
    let told = Answer::parse(answer.as_bytes()).unwrap();
    let seconds =
        told.header("keep-alive").map(|told| told.strip_prefix("timeout=").unwrap().parse().unwrap());
    assert_eq!(told.header("connection") == Some("keep-alive"), seconds.is_some(), "{answer}");
    seconds
}

#[tokio::test]
async fn a_client_that_obeys_keep_alive_is_never_cut_off() {
    let server = Binary::start(&[("HEADER_TIMEOUT", "1s"), ("IDLE_TIMEOUT", "3s")]).await;
    let mut kept = connected(&server, &format!("{LIVE}\r\n")).await;
    let seconds = told(&answer(&mut kept).await).unwrap();
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        kept.write_all(format!("{LIVE}\r\n").as_bytes()).await.unwrap();
        assert_eq!(told(&answer(&mut kept).await), Some(2), "one second less than the truth");
    }
    // It is said of a connection that is kept, and of no other.
    for ending in
        ["Connection: close\r\n", "Connection: x, Close\r\n", "Connection: x\r\nConnection: close\r\n"]
    {
        let mut once = connected(&server, &format!("{LIVE}{ending}\r\n")).await;
        assert_eq!(told(&until_closed(&mut once).await), None, "{ending}");
    }
    let older = LIVE.replace("HTTP/1.1", "HTTP/1.0");
    let mut once = connected(&server, &format!("{older}\r\n")).await;
    assert_eq!(told(&until_closed(&mut once).await), None);
}

#[tokio::test]
async fn an_endless_body_gets_an_answer() {
    let server = Binary::start(&[("BODY_TIMEOUT", "1s")]).await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    for body in ["Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"] {
        let mut slow = connected(&server, &format!("{head}{body}")).await;
        let told = until_closed(&mut slow).await;
        let told = Answer::parse(told.as_bytes()).expect("an answer");
        assert!(told.is_refusal(408, "REQUEST_TIMEOUT"), "{} {}", told.status, told.body);
    }
}

/// What answers late, and what answers at once.
fn late_and_soon() -> Routes<()> {
    type Outcome = Result<Output<Empty>, AppError>;
    Routes::new()
        .add(
            get("/late")
                .limit(RELAXED)
                .public()
                .no_input()
                .handle(async |(), _: Visitor, _: Nothing| -> Outcome { std::future::pending().await }),
        )
        .add(
            post("/late")
                .limit(RELAXED)
                .public()
                .no_input()
                .handle(async |(), _: Visitor, _: Nothing| -> Outcome { std::future::pending().await }),
        )
        .add(post("/soon").limit(RELAXED).public().no_input().handle(
            async |(), _: Visitor, _: Nothing| -> Outcome {
                tokio::time::sleep(Duration::from_millis(500)).await;
                Ok(Output::new(Empty {}))
            },
        ))
}

#[tokio::test]
async fn the_deadline_of_a_handler_begins_after_the_body() {
    // If the time of the body counted as well, nothing here would be answered before the test gives up.
    let bounds = [("HANDLER_TIMEOUT", "1s"), ("BODY_TIMEOUT", "5m")];
    let world = World::serving_also(&bounds, |mount| mount.at("", late_and_soon(), ())).await;
    let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";
    for (request, status) in [
        (format!("GET /late HTTP/1.1\r\n{head}\r\n"), 503),
        (format!("POST /late HTTP/1.1\r\n{head}Content-Length: 0\r\n\r\n"), 503),
        (format!("POST /late HTTP/1.1\r\n{head}Content-Length: 2\r\n\r\n"), 503),
        (format!("POST /soon HTTP/1.1\r\n{head}Content-Length: 2\r\n\r\n"), 200),
    ] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        if request.contains("Content-Length: 2") {
            // Longer than the handler has.
            tokio::time::sleep(Duration::from_millis(1500)).await;
            stream.write_all(b"{}").await.unwrap();
        }
        let told = Answer::parse(until_closed(&mut stream).await.as_bytes()).expect("an answer");
        assert_eq!(told.status, status, "{request}: {}", told.body);
    }
    let lines = world.log.writes();
    let line: serde_json::Value = serde_json::from_slice(&lines[0]).unwrap();
    assert_eq!((&line["route"], &line["status"]), (&"/late".into(), &503.into()), "{line}");
}

/// How many descriptors the process holds.
fn descriptors(server: &Binary) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap().count()
}

#[tokio::test]
async fn aborted_connections_leave_nothing_behind() {
    let server = Binary::start(&[("RATE_LIMIT_STRICT", "100000/60s")]).await;
    assert_eq!(server.program().get("/api/v1/health/live").await.status, 200);
    let before = descriptors(&server);
    let texts = [
        "",
        "GET /api/v1/hea",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n",
        "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ];
    let mut open = Vec::new();
    for number in 0..200 {
        open.push(connected(&server, texts[number % texts.len()]).await);
    }
    assert_eq!(server.program().get("/api/v1/health/live").await.status, 200);
    drop(open);
    let settled = async {
        while descriptors(&server) > before + 4 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(NEVER, settled).await.is_ok(), "{before} before, {} after", descriptors(&server));
    assert_eq!(server.program().get("/api/v1/health/ready").await.status, 200);
}

#[tokio::test]
async fn a_stop_finishes_started_requests_and_accepts_none() {
    let server = Binary::start(&[]).await;
    let body = json!({"email": "ada@example.org", "password": "whatever it may be"}).to_string();
    let (first, rest) = body.split_at(10);
    let head = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut under_way = connected(&server, &format!("{head}{first}")).await;
    let ready = LIVE.replace("live", "ready");
    let mut asking = connected(&server, &ready).await;
    // Both are accepted once a connection that came after them was answered.
    assert_eq!(server.program().get("/api/v1/health/ready").await.status, 200);
    server.terminate();
    let refused = async {
        while TcpStream::connect(server.address()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(NEVER, refused).await.expect("nothing new is taken");
    asking.write_all(b"\r\n").await.unwrap();
    let draining = until_closed(&mut asking).await;
    assert!(draining.starts_with("HTTP/1.1 503") && draining.contains("draining"), "{draining}");
    assert!(draining.contains("\r\nconnection: close\r\n"), "{draining}");
    under_way.write_all(rest.as_bytes()).await.unwrap();
    let finished = until_closed(&mut under_way).await;
    assert!(finished.starts_with("HTTP/1.1 401") && finished.contains("INVALID_CREDENTIALS"), "{finished}");
    assert!(finished.contains("\r\nconnection: close\r\n"), "{finished}");
    let mut server = server;
    assert!(server.ended().await.success(), "{}", server.output("stderr.log"));
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let world = World::new().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let close = "GET /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(format!("{LIVE}\r\n{LIVE}\r\n{close}").as_bytes()).await.unwrap();
    let answered = until_closed(&mut stream).await;
    let statuses: Vec<&str> =
        answered.match_indices("HTTP/1.1 ").map(|(at, _)| &answered[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "200", "404"]);
}
