//! How much the server reads and how long it waits. Timeouts in real time are compared with a server that waits far
//! longer: when the one has given up, the other still waits.

use std::time::Duration;

use palisade_api_tests::binary::{free_port, run, succeed};
use palisade_api_tests::{Binary, World};
use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::Accepted;
use palisade_core::ports::{Clock as _, SystemClock};
use palisade_core::routes::{Routes, get};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::LOGIN;

/// Past any bound of these tests.
const NEVER: Duration = Duration::from_secs(20);
/// A moment, in which what is there to be read arrives.
const MOMENT: Duration = Duration::from_millis(100);

const UNFINISHED: &str = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\n\
                          Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{";

async fn connected(world: &World, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// What comes until the server closes.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut received = Vec::new();
    // One that is reset is closed as well.
    let _ = timeout(NEVER, stream.read_to_end(&mut received)).await.unwrap();
    String::from_utf8(received).unwrap()
}

/// Whether the server has not closed it.
async fn is_open(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 4096];
    loop {
        match timeout(MOMENT, stream.read(&mut buffer)).await {
            Ok(Ok(1..)) => {}
            Ok(_) => return false,
            Err(_) => return true,
        }
    }
}

/// Sends this to a server where the setting is a second, and to one where it is a minute. Gives what the first said until
/// it closed, after which the second must still wait.
async fn given_up(setting: &str, text: &str) -> String {
    let short = World::set(&[(setting, "1s")]).await;
    let long = World::set(&[(setting, "60s")]).await;
    let mut kept = connected(&long, text).await;
    let said = until_closed(connected(&short, text).await).await;
    assert!(is_open(&mut kept).await, "{setting}: the other server waits");
    said
}

#[tokio::test]
async fn body_limit_is_the_largest_body_that_is_read() {
    let body = format!("{{\"email\": \"{}\"}}", "a".repeat(2000));
    for (limit, status) in [("1KiB", 413), ("4KiB", 400)] {
        let world = World::set(&[("BODY_LIMIT", limit)]).await;
        let headers = [("Content-Type", "application/json")];
        let answer = world.program().send("POST", LOGIN, &headers, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{limit}: {}", answer.body);
    }
}

#[tokio::test]
async fn header_timeout_is_how_long_a_head_may_take() {
    assert!(!given_up("HEADER_TIMEOUT", "GET / HTTP/1.1\r\nHost: loc").await.contains("200 OK"));
}

#[tokio::test]
async fn body_timeout_is_how_long_a_body_may_take() {
    assert!(given_up("BODY_TIMEOUT", UNFINISHED).await.starts_with("HTTP/1.1 408"));
}

#[tokio::test]
async fn idle_timeout_is_how_long_a_connection_waits_for_its_next_request() {
    let said = given_up("IDLE_TIMEOUT", "GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

async fn take_four_seconds((): (), _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    tokio::time::sleep(Duration::from_secs(4)).await;
    Ok(Accepted::new())
}

#[tokio::test]
async fn handler_timeout_is_how_long_a_request_may_take_once_it_is_read() {
    let status = async |longest: &str| {
        // A request that brings no body takes none of the time for bodies.
        let variables = [("HANDLER_TIMEOUT", longest), ("BODY_TIMEOUT", "1s")];
        let slow = || {
            Routes::new().add(
                get("/slow").limit(RELAXED).public().no_input().handle(take_four_seconds).summary("Slow."),
            )
        };
        let world = World::serving_also(&variables, move |mount| mount.at("", slow(), ())).await;
        world.program().get("/slow").await.status
    };
    assert_eq!(tokio::join!(status("1s"), status("20s")), (503, 202));
}

#[tokio::test]
async fn max_connections_is_how_many_may_be_open_at_once() {
    const ASK: &str = "GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    for (most, waits) in [("2", true), ("3", false)] {
        let world = World::set(&[("MAX_CONNECTIONS", most)]).await;
        let held = [connected(&world, "").await, connected(&world, "").await];
        let third = connected(&world, ASK).await;
        let mut first_byte = [0];
        let wait = if waits { MOMENT } else { NEVER };
        assert_eq!(timeout(wait, third.peek(&mut first_byte)).await.is_err(), waits, "{most}");
        drop(held);
        assert!(until_closed(third).await.starts_with("HTTP/1.1 200"), "{most}");
    }
}

#[test]
fn start_timeout_is_how_long_a_start_waits_for_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let secret = succeed(folder.path(), &["keys", "new", "--id", "one"], &[]).printed;
    let nobody = format!("mongodb://127.0.0.1:{}/?replicaSet=rs0&serverSelectionTimeoutMS=200", free_port());
    for seconds in [1, 3] {
        let patience = format!("{seconds}s");
        let variables = [
            ("DATABASE_URL", nobody.as_str()),
            ("SECRET_KEYS", secret.trim()),
            ("START_TIMEOUT", patience.as_str()),
        ];
        let clock = SystemClock::new();
        let ran = run(folder.path(), &[], &variables);
        assert!(clock.monotonic() >= Duration::from_secs(seconds), "{patience}");
        let said = format!("START_TIMEOUT is {seconds} s");
        assert!(ran.status == Some(1) && ran.complained.contains(&said), "{}", ran.complained);
    }
}

#[tokio::test]
async fn drain_timeout_is_how_long_requests_may_take_to_end_when_the_server_stops() {
    // Half a body has two seconds once the server is told to stop.
    for (longest, by_force) in [("1s", true), ("60s", false)] {
        let variables = [("DRAIN_TIMEOUT", longest), ("HANDLER_TIMEOUT", "1s"), ("BODY_TIMEOUT", "60s")];
        let mut server = Binary::start(&variables).await;
        let mut under_way = TcpStream::connect(server.address()).await.unwrap();
        under_way.write_all(UNFINISHED.as_bytes()).await.unwrap();
        // It is accepted once a connection that came after it was answered.
        assert_eq!(server.program().get("/api/v1/health/live").await.status, 200);
        server.terminate();
        assert!(server.ended().await.success());
        let log = server.output("stdout.log");
        assert!(log.contains("drained") && log.contains("drained by force") == by_force, "{longest}: {log}");
    }
}
