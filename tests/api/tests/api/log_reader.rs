//! The reader of the log may stop, exit or run out of disk: the real server still answers, and ends on request.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use palisade_api_tests::Binary;
use palisade_api_tests::binary::command;
use palisade_api_tests::world::GENEROUS;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Past any bound of these tests.
const NEVER: Duration = Duration::from_secs(30);

const LIVE: &[u8] = b"GET /api/v1/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A pipe that is full already, and that nobody reads.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut filler = writer.try_clone().unwrap();
    let (progress, has_progressed) = std::sync::mpsc::channel();
    // It hangs in the last write, until the reader is gone.
    std::thread::spawn(move || while filler.write_all(&[b'x'; 512]).is_ok() && progress.send(()).is_ok() {});
    while has_progressed.recv_timeout(Duration::from_millis(300)).is_ok() {}
    (reader, writer)
}

/// Asks as often over each of eight connections; all must be answered.
async fn ask(server: &Binary, times: usize) {
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let address = server.address();
        asking.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let mut buffer = vec![0; 16 * 1024];
            for time in 0..times {
                stream.write_all(LIVE).await.unwrap();
                let mut received = 0;
                while !buffer[..received].ends_with(b"}}") {
                    let reading = timeout(NEVER, stream.read(&mut buffer[received..])).await;
                    let Ok(read) = reading else { panic!("request {time} is not answered") };
                    received += read.unwrap();
                }
                assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer));
            }
        });
    }
    asking.join_all().await;
}

/// What the health says about the log.
async fn log_state(server: &Binary) -> String {
    let health = server.program().get("/api/v1/health").await;
    assert_eq!(health.status, 200, "a server whose log is lost goes on");
    let dependencies = health.at("/data/dependencies");
    let log = dependencies.as_array().unwrap().iter().find(|one| one["name"] == "log").unwrap();
    log["state"].as_str().unwrap().to_owned()
}

async fn ends(mut server: Binary) {
    server.terminate();
    assert!(server.ended().await.success());
}

#[tokio::test]
async fn a_stopped_log_reader_delays_neither_start_nor_answers_nor_stop() {
    for _ in 0..3 {
        let (unread, out) = std::io::pipe().unwrap();
        let (blocked, complaints) = full_pipe();
        let server = Binary::start_into(out.into(), complaints.into(), &GENEROUS).await;
        ask(&server, 1500 / 8).await;
        ends(server).await;
        drop((unread, blocked));
    }
}

#[tokio::test]
async fn a_log_that_is_full_at_the_start_delays_nothing() {
    let (blocked, out) = full_pipe();
    let server = Binary::start_into(out.into(), Stdio::null(), &GENEROUS).await;
    ask(&server, 100).await;
    ends(server).await;
    drop(blocked);
}

#[tokio::test]
async fn health_reports_an_unwritable_log() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let server = Binary::start_into(full.into(), Stdio::null(), &GENEROUS).await;
    ask(&server, 100).await;
    assert_eq!(log_state(&server).await, "degraded");
    ends(server).await;

    let (reader, out) = std::io::pipe().unwrap();
    let server = Binary::start_into(out.into(), Stdio::null(), &GENEROUS).await;
    assert_eq!(log_state(&server).await, "up");
    drop(reader);
    ask(&server, 100).await;
    // What it saw of the log is good for a moment.
    let noticed = async {
        while log_state(&server).await == "up" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(NEVER, noticed).await.unwrap();
    ends(server).await;
}

#[tokio::test]
async fn a_slow_log_reader_misses_nothing() {
    let (mut reader, out) = std::io::pipe().unwrap();
    let server = Binary::start_into(out.into(), Stdio::null(), &GENEROUS).await;
    let reading = std::thread::spawn(move || {
        let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            text.extend_from_slice(&buffer[..count]);
            std::thread::sleep(Duration::from_millis(1));
        }
        String::from_utf8(text).unwrap()
    });
    ask(&server, 100).await;
    ends(server).await;
    let text = reading.join().unwrap();
    let of = |part: &str| text.lines().filter(|line| line.contains(part)).count();
    assert!(of("/health/live") >= 800, "{}", of("/health/live"));
    assert_eq!((of("dropped_in_total"), of("\"message\":\"stopped\"")), (0, 1));
    assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
}

#[tokio::test]
async fn a_failed_start_ends_although_nobody_reads_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (blocked, complaints) = full_pipe();
    let mut failing = command(folder.path(), &[], &[("PORT", "none")]);
    let mut child = failing.stdin(Stdio::null()).stdout(Stdio::null()).stderr(complaints).spawn().unwrap();
    let ended = async {
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert_eq!(timeout(NEVER, ended).await.unwrap().code(), Some(1));
    drop(blocked);
}
