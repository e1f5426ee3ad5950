//! The program of `examples/axum`: Palisade behind the listener of another server.
#![expect(clippy::expect_used, reason = "a test that cannot go on stops")]

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use palisade_api_tests::binary::free_port;
use palisade_api_tests::{Client, function};

/// A running host in a folder of its own. Dropping it kills it.
struct Host {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Host {
    async fn start(variables: &[(&str, &str)]) -> Self {
        let (folder, port) = (tempfile::tempdir().expect("a folder"), free_port());
        let mut command = Command::new(function::path().with_file_name("palisade-axum-example"));
        command.current_dir(folder.path()).env_clear().env("PORT", port.to_string());
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        let mut host = Self { child: command.spawn().expect("it was built"), port, _folder: folder };
        palisade_api_tests::until("it listens", async || {
            assert!(host.child.try_wait().expect("a child").is_none(), "it ended");
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        host
    }

    fn program(&self) -> Client {
        Client::new(([127, 0, 0, 1], self.port).into(), &format!("localhost:{}", self.port))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn an_answer_before_the_end_of_a_body_arrives() {
    let host = Host::start(&[]).await;
    for _ in 0..8 {
        let refused = host.program().send("POST", "/api/v1/nothing", &[], &vec![b' '; 4_000_000]).await;
        assert!(refused.is_refusal(404, "NOT_FOUND"), "{}", refused.body);
    }
}

#[tokio::test]
async fn one_listener_has_the_routes_of_both_and_stops_on_a_signal() {
    let mut host = Host::start(&[("RATE_LIMIT_PROBE", "3/60s")]).await;
    let hello = host.program().get("/hello").await;
    assert_eq!((hello.status, hello.body.as_str()), (200, "Hello from axum"));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(host.program().get("/api/v1/health/live").await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429], "limits count the other end of the connection");
    let missing = host.program().get("/nowhere").await;
    assert!(missing.is_refusal(404, "NOT_FOUND"), "{}", missing.body);

    let told = Command::new("kill").args(["-s", "TERM", &host.child.id().to_string()]).status();
    assert!(told.expect("kill runs").success());
    for _ in 0..1_500 {
        if let Some(status) = host.child.try_wait().expect("a child") {
            assert_eq!(status.code(), Some(0));
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not stop");
}
