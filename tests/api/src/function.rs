//! The function of `examples/vercel`, and the platform around it: the frames of its runtime, the headers that the platform
//! writes, and its limit for bodies.

mod edge;
mod frames;
#[cfg(feature = "vercel")]
mod within;

use std::net::SocketAddr;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use mongodb::bson::doc;
use palisade_core::ports::{Rng as _, SystemRng};
use palisade_test_servers::MongoDatabase;
use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{free_port, succeed};
use crate::smtp::MailServer;
pub(crate) use edge::{Edge, Names};
pub(crate) use frames::Frames;
use palisade_test::Client;
#[cfg(feature = "vercel")]
pub(crate) use within::Within;

/// The secret that the platform sends with its scheduled requests.
pub const CRON_SECRET: &str = "5f1d0c9b8a7e6f5d4c3b2a190807f6e5";

/// What several instances of one function share.
#[derive(Debug)]
pub struct Deployment {
    database: MongoDatabase,
    secret: String,
    /// Takes the mails.
    pub mail: MailServer,
    folder: TempDir,
}

/// A running instance. Dropping it kills it.
#[derive(Debug)]
pub struct Function {
    child: Child,
    frames: Frames,
    edge: Edge,
    folder: TempDir,
}

/// The path of the function: from `PALISADE_TEST_FUNCTION`, which a whole run sets, else built now.
#[expect(clippy::disallowed_methods, reason = "the environment of a test names what was built for it")]
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        if let Some(built) = std::env::var_os("PALISADE_TEST_FUNCTION") {
            return built.into();
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let target = root.join("target/examples");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--locked", "--manifest-path"]);
        build.arg(root.join("examples/Cargo.toml")).arg("--target-dir").arg(&target);
        assert!(build.status().expect("cargo runs").success(), "the function does not build");
        target.join("debug/api")
    })
}

impl Deployment {
    /// An empty database, a mail server, and a secret.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secret = succeed(folder.path(), &["keys", "new", "--id", "one"], &[]).printed.trim().to_owned();
        Self { database: MongoDatabase::new(), secret, mail: MailServer::start("250 ok"), folder }
    }

    /// The settings that `docs/vercel.md` names.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let url = self.database.url();
        let mark = if url.contains('?') { '&' } else { '?' };
        let text = |text: &str| text.to_owned();
        vec![
            ("APP_ENV", text("production")),
            ("APP_URL", text("https://app.example.org")),
            ("DATABASE_URL", format!("{url}{mark}maxPoolSize=5")),
            ("RATE_LIMIT_URL", text("mongodb")),
            ("TRUSTED_PROXIES", text("vercel")),
            ("SECRET_KEYS", self.secret.clone()),
            ("SMTP_URL", self.mail.url()),
            ("MAIL_FROM", text("no-reply@example.org")),
            ("CRON_SECRET", text(CRON_SECRET)),
            ("VERCEL", text("1")),
        ]
    }

    /// Starts an instance, and waits until its runtime reports that it listens.
    pub async fn start(&self, variables: &[(&str, &str)]) -> Function {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("ipc.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let port = free_port();
        let child = self.spawn(&folder, port, &[("VERCEL_IPC_PATH", socket.to_str().unwrap())], variables);
        let frames = Frames::default();
        {
            let frames = frames.clone();
            std::thread::spawn(move || {
                if let Ok((stream, _)) = listener.accept() {
                    frames.read(stream);
                }
            });
        }
        let edge = Edge::start(SocketAddr::from(([127, 0, 0, 1], port)), Names::Client).await;
        let mut function = Function { child, frames, edge, folder };
        function.until_started().await;
        function
    }

    /// Runs an instance that does not start, and returns its standard error.
    pub fn refusal(&self, variables: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let child = self.spawn(&folder, free_port(), &[], variables);
        let ended = child.wait_with_output().unwrap();
        assert!(!ended.status.success());
        std::fs::read_to_string(folder.path().join("stderr.log")).unwrap()
    }

    fn spawn(&self, folder: &TempDir, port: u16, platform: &[(&str, &str)], more: &[(&str, &str)]) -> Child {
        let log = |name: &str| Stdio::from(std::fs::File::create(folder.path().join(name)).unwrap());
        let mut command = Command::new(path());
        command.current_dir(folder.path()).env_clear().envs(self.variables());
        command.env("VERCEL_DEV_PORT", port.to_string());
        command.envs(platform.iter().copied()).envs(more.iter().copied());
        command.stdin(Stdio::null()).stdout(log("stdout.log")).stderr(log("stderr.log")).spawn().unwrap()
    }

    /// Runs a command of the operator over the same database.
    pub fn operate(&self, arguments: &[&str]) {
        let variables = self.variables();
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        succeed(self.folder.path(), arguments, &variables);
    }

    /// The port of the primary of the replica set.
    pub fn primary_port(&self) -> u16 {
        let hello = self.database.run(async |database| database.run_command(doc! {"hello": 1}).await);
        let primary = hello.get_str("primary").unwrap();
        primary.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port")
    }

    /// Its `DATABASE_URL` over another way to the primary.
    pub fn url_at(&self, primary: SocketAddr) -> String {
        format!("mongodb://{primary}/{}?directConnection=true&maxPoolSize=5", self.database.name())
    }

    /// Waits for the newest letter to this address, and returns the token of its link.
    pub async fn mailed_token(&self, email: &str) -> String {
        let mut token = None;
        crate::until("a letter", async || {
            let letters = self.mail.letters();
            let newest = letters.iter().rfind(|letter| letter.to == email);
            // The lines of a letter are folded with `=` at their ends (quoted-printable), and `=` is `=3D`.
            let text =
                newest.map(|letter| letter.text.replace("=\r\n", "").replace("=\n", "").replace("=3D", "="));
            let found = text.as_deref().and_then(|text| text.split_once("#token="));
            token = found.map(|(_, rest)| {
                rest.chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
                    .collect::<String>()
            });
            token.is_some()
        })
        .await;
        token.unwrap()
    }
}

impl Default for Deployment {
    fn default() -> Self {
        Self::new()
    }
}

impl Function {
    async fn until_started(&mut self) {
        for _ in 0..3_000 {
            if !self.frames.all().is_empty() {
                return;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the function ended with {status}: {}", self.output());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the function did not start: {}", self.output());
    }

    fn output(&self) -> String {
        let read = |name| std::fs::read_to_string(self.folder.path().join(name)).unwrap();
        format!("{}{}", read("stdout.log"), read("stderr.log"))
    }

    /// The frames so far.
    pub fn frames(&self) -> Vec<Value> {
        self.frames.all()
    }

    /// The `requestId` of each `end` frame so far, sorted.
    pub fn ended(&self) -> Vec<u64> {
        self.frames.ended()
    }

    /// The ids of the requests that the function has answered, sorted.
    pub fn answered(&self) -> Vec<u64> {
        self.edge.answered()
    }

    /// How many requests the platform has passed on.
    pub fn passed_on(&self) -> u64 {
        self.edge.passed_on()
    }

    /// A program at this address.
    pub fn program(&self, client: &str) -> Client {
        Client::new(self.edge.address(), "app.example.org").with_header(edge::CLIENT, client)
    }

    /// A browser at this address.
    pub fn browser(&self, client: &str) -> Client {
        self.program(client).from_origin("https://app.example.org")
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Suspends the process, as the platform does between requests.
    pub fn suspend(&self) {
        self.signal("STOP");
    }

    /// Wakes it.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Tells it to stop (SIGTERM), and returns its exit status.
    pub async fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        for _ in 0..3_000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the function did not end: {}", self.output());
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A random id, as the platform gives one to each invocation.
fn invocation_id() -> String {
    let mut id = [0; 8];
    SystemRng.fill(&mut id);
    format!("inv-{:016x}", u64::from_be_bytes(id))
}
