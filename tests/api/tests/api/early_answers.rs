//! Answers before the body was read, over raw sockets: the connection continues, or the answer announces its end,
//! and a client that is still sending can read it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::net::SocketAddr;
use std::time::Duration;

use palisade_api_tests::Answer;
use palisade_api_tests::World;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Past any bound of these tests.
const NEVER: Duration = Duration::from_secs(30);

const LIVE: &str = "GET /api/v1/health/live HTTP/1.1\r\nHost: localhost:8080\r\n\r\n";
const JSON: &str = "Content-Type: application/json\r\n";

/// The head of a request with a body of this length.
fn head(request: &str, more: &str, length: usize) -> String {
    format!("{request} HTTP/1.1\r\nHost: localhost:8080\r\n{JSON}{more}Content-Length: {length}\r\n\r\n")
}

/// Each way to be refused by the head alone: what is asked, a further header, the answer.
const REFUSED: [(&str, &str, u16); 6] = [
    ("PATCH /api/v1/users/me", "", 401),
    ("POST /api/v1/auth/login", "Origin: https://evil.example\r\n", 403),
    ("POST /api/v1/nothing", "", 404),
    ("PUT /api/v1/users/me", "", 405),
    ("GET /api/v1/health/live", "", 200),
    ("POST /api/v1/auth/login", "X-Large: none\r\n", 413),
];

/// A length that each of them refuses: the sign-in by its length alone.
fn length(status: u16) -> usize {
    if status == 413 { 150_000 } else { 500 }
}

/// Reads one answer, by its length.
async fn answer(stream: &mut TcpStream) -> Option<Answer> {
    let mut received = Vec::new();
    let mut byte = [0; 1];
    loop {
        let read = timeout(NEVER, stream.read(&mut byte)).await.unwrap();
        if !matches!(read, Ok(1)) {
            return None;
        }
        received.push(byte[0]);
        if received.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let length = Answer::parse(&received)?.header("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    timeout(NEVER, stream.read_exact(&mut body)).await.unwrap().ok()?;
    Answer::parse(&[received, body].concat())
}

/// Whether the connection is closed, and nothing more is said.
async fn is_over(stream: &mut TcpStream) -> bool {
    matches!(timeout(NEVER, stream.read(&mut [0; 1])).await.unwrap(), Ok(0))
}

async fn kept(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(LIVE.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut stream).await.unwrap().status, 200);
    stream
}

#[tokio::test]
async fn a_body_shortly_after_its_head_keeps_the_connection() {
    let world = World::new().await;
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..200 {
        let address = world.address;
        asking.spawn(async move {
            let (request, more, status) = REFUSED[number % REFUSED.len()];
            let mut stream = kept(address).await;
            let length = length(status);
            for _ in 0..2 {
                stream.write_all(head(request, more, length).as_bytes()).await.unwrap();
                tokio::time::sleep(Duration::from_millis(2)).await;
                stream.write_all(&vec![b' '; length]).await.unwrap();
                let answer = answer(&mut stream).await;
                let answer = answer.unwrap_or_else(|| panic!("{request} is not answered"));
                assert_eq!(answer.status, status, "{}", answer.body);
                assert_eq!(answer.header("connection"), Some("keep-alive"), "{request}");
            }
            // What was dropped was the body, all of it and nothing else.
            stream.write_all(LIVE.as_bytes()).await.unwrap();
            assert_eq!(answer(&mut stream).await.map(|answer| answer.status), Some(200), "{request}");
        });
    }
    asking.join_all().await;
}

#[tokio::test]
async fn over_the_limit_the_body_is_dropped_too() {
    let world = World::set(&[("RATE_LIMIT_STRICT", "1/60s")]).await;
    let mut stream = kept(world.address).await;
    for status in [400, 429, 429] {
        stream.write_all(head("POST /api/v1/auth/login", "", 2000).as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
        stream.write_all(&[b'x'; 2000]).await.unwrap();
        assert_eq!(answer(&mut stream).await.map(|answer| answer.status), Some(status));
    }
}

#[tokio::test]
async fn a_chunked_body_is_drained_and_the_next_request_is_answered() {
    let world = World::new().await;
    let head = "POST /api/v1/nothing HTTP/1.1\r\nHost: localhost:8080\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}\r\n", 5000, "x".repeat(5000));
    let mut stream = kept(world.address).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        stream.write_all(chunk.as_bytes()).await.unwrap();
    }
    // Pipelined: the next one is on its way before this one is answered.
    stream.write_all(format!("0\r\nTrailer: x\r\n\r\n{LIVE}{LIVE}").as_bytes()).await.unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(answer(&mut stream).await.map(|answer| answer.status));
    }
    assert_eq!(statuses, [Some(404), Some(200), Some(200)]);
    // Chunks that go on for too long, and one that is none: the answer says that this was the last one.
    for (chunks, last) in [(60, "0\r\n\r\n"), (1, "zz\r\n")] {
        let mut stream = kept(world.address).await;
        stream.write_all(format!("{head}{}{last}{LIVE}", chunk.repeat(chunks)).as_bytes()).await.unwrap();
        let answer = answer(&mut stream).await.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (404, Some("close")), "{chunks}");
        assert!(is_over(&mut stream).await, "what was behind is not another request");
    }
}

#[tokio::test]
async fn a_client_that_writes_nine_megabytes_first_receives_the_answer() {
    let world = World::new().await;
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..24 {
        let address = world.address;
        asking.spawn(async move {
            let (request, more, status) = REFUSED[number % REFUSED.len()];
            let mut stream = kept(address).await;
            stream.write_all(head(request, more, 9_000_000).as_bytes()).await.unwrap();
            for _ in 0..9 {
                let written = stream.write_all(&vec![b'x'; 1_000_000]).await;
                assert!(written.is_ok(), "{request}: {written:?}");
            }
            let answer = answer(&mut stream).await.unwrap();
            let expected = (status, Some("close"));
            assert_eq!((answer.status, answer.header("connection")), expected, "{request}");
            assert!(is_over(&mut stream).await, "{request}");
        });
    }
    asking.join_all().await;
}

#[tokio::test]
async fn a_proxy_without_half_close_cuts_off_no_client() {
    let world = World::new().await;
    let relay = relay(world.address).await;
    let mut asking = tokio::task::JoinSet::new();
    for (request, more, status) in REFUSED {
        asking.spawn(async move {
            let mut stream = kept(relay).await;
            stream.write_all(head(request, more, 9_000_000).as_bytes()).await.unwrap();
            for _ in 0..9 {
                let written = stream.write_all(&vec![b'x'; 1_000_000]).await;
                assert!(written.is_ok(), "{request}: {written:?}");
            }
            let answer = answer(&mut stream).await;
            assert_eq!(answer.map(|answer| answer.status), Some(status), "{request}");
            assert!(is_over(&mut stream).await, "{request}");
        });
    }
    asking.join_all().await;
}

/// Passes bytes on in both directions, and closes both connections at the first end: as hitch does, which ends TLS.
async fn relay(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(server).await.unwrap();
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.split();
                let (mut from_server, mut to_server) = server.split();
                tokio::select! {
                    _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
                    _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn draining_is_bounded() {
    let world = World::new().await;
    let mut stream = kept(world.address).await;
    stream.write_all(head("POST /api/v1/nothing", "", 1_000_000_000).as_bytes()).await.unwrap();
    let mut sent = 0;
    while timeout(NEVER, stream.write_all(&[b'x'; 8192])).await.unwrap().is_ok() {
        sent += 65536;
        assert!(sent < 200_000_000, "the server reads on and on");
    }
    assert!(sent > 9_000_000, "{sent}");
}

#[tokio::test]
async fn a_missing_body_is_neither_awaited_nor_requested() {
    let world = World::new().await;
    for (request, more, status) in REFUSED {
        let mut silent = kept(world.address).await;
        silent.write_all(head(request, more, length(status)).as_bytes()).await.unwrap();
        let answered = answer(&mut silent).await.unwrap();
        assert_eq!((answered.status, answered.header("connection")), (status, Some("close")), "{request}");
        assert!(is_over(&mut silent).await);
        // RFC 9110, 10.1.1: the final answer instead of `100 Continue`, and what was not sent is not waited for.
        let mut polite = kept(world.address).await;
        let more = format!("{more}Expect: 100-continue\r\n");
        polite.write_all(head(request, &more, length(status)).as_bytes()).await.unwrap();
        let answered = answer(&mut polite).await.unwrap();
        assert_eq!((answered.status, answered.header("connection")), (status, Some("close")), "{request}");
        assert!(is_over(&mut polite).await);
    }
    // Where the body is wanted, it is asked for.
    let mut polite = kept(world.address).await;
    polite
        .write_all(head("POST /api/v1/auth/login", "Expect: 100-continue\r\n", 2).as_bytes())
        .await
        .unwrap();
    let mut go_on = [0; 25];
    timeout(NEVER, polite.read_exact(&mut go_on)).await.unwrap().unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    polite.write_all(b"{}").await.unwrap();
    let answered = answer(&mut polite).await.unwrap();
    assert_eq!((answered.status, answered.header("connection")), (400, Some("keep-alive")));
}

#[tokio::test]
async fn an_http_1_0_client_with_keep_alive_is_told_to_close() {
    let world = World::new().await;
    for (length, kept) in [(500, true), (9_000_000, false)] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        let head = head("POST /api/v1/nothing", "Connection: keep-alive\r\n", length);
        stream.write_all(head.replace("HTTP/1.1", "HTTP/1.0").as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
        stream.write_all(&vec![b'x'; length]).await.unwrap();
        let answered = answer(&mut stream).await.unwrap();
        let connection = answered.header("connection");
        assert_eq!((answered.status, connection), (404, Some(if kept { "keep-alive" } else { "close" })));
        if kept {
            stream.write_all(LIVE.as_bytes()).await.unwrap();
            assert_eq!(answer(&mut stream).await.map(|answer| answer.status), Some(200));
        } else {
            assert!(is_over(&mut stream).await);
        }
    }
}
