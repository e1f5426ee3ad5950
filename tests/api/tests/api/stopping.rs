//! When stopped, the real server answers the requests that have arrived, announces the end of the connection, and
//! slow clients do not delay it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::Answer;
use palisade_api_tests::Binary;
use palisade_api_tests::world::GENEROUS;
use palisade_core::ports::{Clock as _, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Past any bound of these tests.
const NEVER: Duration = Duration::from_secs(30);

const LIVE: &str = "GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
const BODY: &str = "{\"email\":\"ada@example.org\",\"password\":\"whatever it may be\"}";

fn login(path: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    )
}

async fn connected(server: &Binary) -> TcpStream {
    TcpStream::connect(server.address()).await.unwrap()
}

/// A connection that has served once and waits for its next request.
async fn kept(server: &Binary) -> TcpStream {
    let mut stream = connected(server).await;
    stream.write_all(LIVE.as_bytes()).await.unwrap();
    let (mut received, mut buffer) = (Vec::new(), [0; 4096]);
    while !received.ends_with(b"}}") {
        let count = timeout(NEVER, stream.read(&mut buffer)).await.unwrap().unwrap();
        assert_ne!(count, 0, "closed");
        received.extend_from_slice(&buffer[..count]);
    }
    assert!(received.starts_with(b"HTTP/1.1 200"));
    stream
}

/// What still comes before the connection ends; none when it ends in silence or breaks.
async fn last_answer(stream: &mut TcpStream) -> Option<Answer> {
    let mut received = Vec::new();
    let closed = timeout(NEVER, stream.read_to_end(&mut received)).await;
    assert!(closed.is_ok(), "still open after {}", String::from_utf8_lossy(&received));
    Answer::parse(&received)
}

/// Waits until the server has heard of its end.
async fn until_it_drains(server: &Binary) {
    let told = async {
        while !server.output("stdout.log").contains("draining") {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(NEVER, told).await.unwrap();
}

#[tokio::test]
async fn requests_that_had_arrived_are_answered() {
    for round in 0..3 {
        let mut server = Binary::start(&GENEROUS).await;
        let mut streams = Vec::new();
        for _ in 0..300 {
            streams.push(kept(&server).await);
        }
        // The signal and the requests are there at once, on whatever the server looks first: it sleeps meanwhile.
        server.signal("STOP");
        for _ in 0..100 {
            // The kernel says yes for it.
            streams.push(connected(&server).await);
        }
        for (number, stream) in streams.iter_mut().enumerate() {
            let request = match number % 4 {
                0 => login("/api/v1/auth/login"),
                1 => login("/api/v1/nothing"),
                _ => LIVE.to_owned(),
            };
            stream.write_all(request.as_bytes()).await.unwrap();
        }
        server.terminate();
        server.signal("CONT");
        let mut unanswered = Vec::new();
        for (number, stream) in streams.iter_mut().enumerate() {
            let Some(answer) = last_answer(stream).await else {
                unanswered.push(number);
                continue;
            };
            // A sign-in that finds the queue of the hasher full is told so.
            let expected: &[u16] = [&[401, 503][..], &[404], &[200], &[200]][number % 4];
            assert!(expected.contains(&answer.status), "{number}: {} {}", answer.status, answer.body);
            // Those that it answers before it looks at the signal it cannot tell.
            let told = (answer.header("connection"), answer.header("keep-alive"));
            assert!(
                matches!(told, (Some("keep-alive"), Some(_)) | (Some("close"), None)),
                "{number}: {told:?}"
            );
        }
        assert!(unanswered.is_empty(), "round {round}: no answer to {unanswered:?}");
        assert!(server.ended().await.success(), "{}", server.output("stderr.log"));
    }
}

/// Idle connections hold every place but one until the server has listened for as long as it does after the signal, and
/// their clients do not close them.
#[tokio::test]
async fn waiting_connections_are_answered_one_after_the_other() {
    let mut server = Binary::start(&[("MAX_CONNECTIONS", "8")]).await;
    let mut idle = Vec::new();
    for _ in 0..7 {
        idle.push(kept(&server).await);
    }
    let mut slow = kept(&server).await;
    slow.write_all(&LIVE.as_bytes()[..20]).await.unwrap();
    let mut streams = Vec::new();
    for _ in 0..40 {
        let mut stream = connected(&server).await;
        stream.write_all(LIVE.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    server.terminate();
    let mut answering = tokio::task::JoinSet::new();
    for mut stream in streams {
        answering.spawn(async move { last_answer(&mut stream).await.map(|answer| answer.status) });
    }
    let answered = tokio::select! {
        answered = answering.join_all() => answered,
        // The server waits for the rest of its head, and for nobody else.
        _ = last_answer(&mut slow) => panic!("who is idle held up who waits"),
    };
    assert_eq!(answered, [Some(200); 40]);
    assert!(server.ended().await.success());
}

/// As long as a load balancer needs to hear of the end, somebody new may come, and somebody who is there may ask.
#[tokio::test]
async fn a_request_shortly_after_the_signal_is_answered() {
    /// What the server keeps, and what the test gives it for.
    const GRACE: Duration = Duration::from_millis(100);
    const MOMENT: Duration = Duration::from_millis(40);

    for _ in 0..20 {
        let mut server = Binary::start(&GENEROUS).await;
        let mut open = kept(&server).await;
        // Before the server has it: what was written within the grace of this moment, was within the server's.
        let clock = SystemClock::new();
        server.terminate();
        until_it_drains(&server).await;
        tokio::time::sleep(MOMENT).await;
        let written = open.write_all(LIVE.as_bytes()).await;
        let mut fresh = TcpStream::connect(server.address()).await;
        if let Ok(fresh) = &mut fresh {
            // That it was refused is seen below.
            let _ = fresh.write_all(LIVE.as_bytes()).await;
        }
        let took = clock.monotonic();
        let of_open = if written.is_ok() { last_answer(&mut open).await } else { None };
        let of_fresh = match &mut fresh {
            Ok(fresh) => last_answer(fresh).await,
            Err(_) => None,
        };
        assert!(server.ended().await.success(), "{}", server.output("stderr.log"));
        let statuses = [&of_open, &of_fresh].map(|answer| answer.as_ref().map(|answer| answer.status));
        if statuses == [Some(200); 2] {
            for answer in [of_open, of_fresh].map(Option::unwrap) {
                let told = (answer.header("connection"), answer.header("keep-alive"));
                assert_eq!(told, (Some("close"), None), "each is told that the connection ends");
            }
            return;
        }
        assert!(took > GRACE, "{statuses:?}, although both asked {took:?} after the signal");
        // The machine was too busy for this to say anything.
    }
    panic!("never within the grace");
}

#[tokio::test]
async fn slow_clients_do_not_delay_the_stop() {
    // Each of these alone would hold it up for longer than the test waits.
    let slow = [
        ("HEADER_TIMEOUT", "60s"),
        ("BODY_TIMEOUT", "60s"),
        ("IDLE_TIMEOUT", "60m"),
        ("DRAIN_TIMEOUT", "5m"),
    ];
    let mut server = Binary::start(&slow).await;
    let (mut idle, mut fresh) = (kept(&server).await, connected(&server).await);
    let mut half_head = kept(&server).await;
    half_head.write_all(&LIVE.as_bytes()[..20]).await.unwrap();
    let request = login("/api/v1/auth/login");
    let (most, _) = request.split_at(request.len() - 5);
    let mut half_body = kept(&server).await;
    half_body.write_all(most.as_bytes()).await.unwrap();
    let mut half_chunk = kept(&server).await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{";
    half_chunk.write_all(head.as_bytes()).await.unwrap();
    // One whose rest is read and dropped after its answer, and which goes on to send.
    let mut endless = connected(&server).await;
    let head = "POST /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n";
    endless.write_all(head.as_bytes()).await.unwrap();
    let (mut answers, mut more) = endless.into_split();
    let sending = tokio::spawn(async move {
        while more.write_all(&[b'x'; 1024]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut begun = [0; 12];
    timeout(NEVER, answers.read_exact(&mut begun)).await.unwrap().unwrap();
    assert_eq!(&begun, b"HTTP/1.1 404");
    server.terminate();
    for stream in [&mut half_body, &mut half_chunk] {
        let answer = last_answer(stream).await.unwrap();
        assert!(answer.is_refusal(503, "SERVICE_UNAVAILABLE"), "{} {}", answer.status, answer.body);
        assert_eq!(answer.header("connection"), Some("close"));
    }
    for stream in [&mut idle, &mut fresh, &mut half_head] {
        assert!(last_answer(stream).await.is_none(), "nothing was asked");
    }
    assert!(server.ended().await.success(), "{}", server.output("stderr.log"));
    timeout(NEVER, sending).await.unwrap().unwrap();
}
