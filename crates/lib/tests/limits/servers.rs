//! Redis for a test: that of `REDIS_TEST_URL`, or one of its own that ends with it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use palisade_core::config::limit_store::{RateLimitUrl, RedisUrl};
use palisade_core::config::settings::Setting as _;
use tokio::net::TcpStream;

/// A server of the test's own, on a port of its own, that keeps nothing.
pub(crate) struct Redis {
    port: u16,
    process: Option<Child>,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        let mut redis = Self { port: free_port(), process: None };
        redis.run().await;
        redis
    }

    /// Starts it, again after [`kill`](Self::kill): empty, and without any script.
    pub(crate) async fn run(&mut self) {
        let port = self.port.to_string();
        let process = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("no `redis-server` on PATH: apt-get install redis-server, or set REDIS_TEST_URL");
        self.process = Some(process);
        for _ in 0..1_000 {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("redis-server does not listen");
    }

    /// As a crash does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Stops it in the middle of whatever it does, connections open; `CONT` lets it go on.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.process.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }

    pub(crate) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server for what every server must do alike: the given one, else one of the test's own.
pub(crate) struct Server {
    pub(crate) url: String,
    _own: Option<Redis>,
}

pub(crate) async fn redis() -> Server {
    if let Ok(url) = std::env::var("REDIS_TEST_URL") {
        return Server { url, _own: None };
    }
    let own = Redis::start().await;
    Server { url: own.address(), _own: Some(own) }
}

pub(crate) fn redis_url(text: &str) -> RedisUrl {
    match RateLimitUrl::parse(text) {
        Ok(RateLimitUrl::Redis(url)) => url,
        other => panic!("{text} is no address of Redis: {other:?}"),
    }
}

/// A prefix nobody else has: servers are shared, and their clock cannot be set back.
pub(crate) fn prefix() -> String {
    let mut bytes = [0; 8];
    palisade_core::ports::Rng::fill(&palisade_core::ports::SystemRng, &mut bytes);
    format!("test-{:016x}", u64::from_be_bytes(bytes))
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
