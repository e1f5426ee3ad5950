//! The real binary starts before its database, is stopped meanwhile, or has too few file descriptors.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use palisade_api_tests::Client;
use palisade_api_tests::binary::{command, free_port, path, run, succeed};
use palisade_test_servers::{Options, ReplicaSet, Standalone};
use rusqlite::Connection;
use tempfile::TempDir;

/// A server that is started and not waited for. Dropping it kills it.
struct Starting {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Starting {
    fn of(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let command = command(folder.path(), &[], variables);
        Self::from(folder, command)
    }

    fn from(folder: TempDir, mut command: Command) -> Self {
        let port = free_port();
        let log = |name: &str| File::create(folder.path().join(name)).unwrap();
        command.env("PORT", port.to_string()).stdin(Stdio::null()).stdout(log("stdout.log"));
        let child = command.stderr(log("stderr.log")).spawn().unwrap();
        Self { child, port, folder }
    }

    fn said(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        read("stdout.log") + &read("stderr.log")
    }

    async fn until_it_says(&self, words: &str) {
        for _ in 0..3000 {
            if self.said().contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it does not say {words}: {}", self.said());
    }

    async fn until_ready(&self) {
        let address = ([127, 0, 0, 1], self.port).into();
        for _ in 0..3000 {
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                let mut program = Client::new(address, &format!("localhost:{}", self.port));
                if program.get("/api/v1/health/ready").await.status == 200 {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it does not become ready: {}", self.said());
    }

    async fn ended(&mut self) -> ExitStatus {
        for _ in 0..3000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it does not end: {}", self.said());
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(id: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().unwrap().success());
}

fn secret() -> String {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &["keys", "new", "--id", "one"], &[]).printed.trim().to_owned()
}

/// An address at which nobody answers.
fn nobody() -> String {
    format!("mongodb://127.0.0.1:{}/?replicaSet=rs0&serverSelectionTimeoutMS=500", free_port())
}

#[tokio::test]
async fn a_server_waits_for_a_database_that_comes_up_later_and_says_what_for() {
    let mut set = ReplicaSet::with(Options::single()).await.unwrap();
    let url = set.url().replace("/?", "/waiting?") + "&serverSelectionTimeoutMS=500";
    set.kill(0);
    let server = Starting::of(&[("DATABASE_URL", &url), ("SECRET_KEYS", &secret())]);
    server.until_it_says("waiting for the database").await;
    // A try is over, which has waited too: it takes another one.
    server.until_it_says("no primary of the database answers").await;
    set.restart(0).await.unwrap();
    server.until_ready().await;
    assert!(!server.said().contains("mongodb://"), "{}", server.said());
}

#[tokio::test]
async fn a_server_waits_for_a_locked_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("palisade.db");
    let url = format!("sqlite://{}", file.display());
    let other = Connection::open(&file).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let server = Starting::of(&[("DATABASE_URL", &url)]);
    server.until_it_says("waiting for the database").await;
    // A try is over, which has waited for five seconds: it takes another one.
    server.until_it_says("is locked by another program").await;
    drop(other);
    server.until_ready().await;
}

#[tokio::test]
async fn a_waiting_server_obeys_signals_at_once() {
    for name in ["TERM", "INT"] {
        let mut server = Starting::of(&[
            ("DATABASE_URL", &nobody()),
            ("SECRET_KEYS", &secret()),
            // Were it not obeyed, it would end much later, and badly.
            ("START_TIMEOUT", "600s"),
        ]);
        server.until_it_says("waiting for the database").await;
        signal(server.child.id(), name);
        assert_eq!(server.ended().await.code(), Some(0), "{}", server.said());
        server.until_it_says("stopped before the start was over").await;
    }
}

#[tokio::test]
async fn a_server_obeys_signals_after_reading_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, file) = (folder.path().join("secret"), folder.path().join("written"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::write(&file, secret()).unwrap();
    let mut server = Starting::of(&[("SECRET_KEYS_FILE", pipe.to_str().unwrap())]);
    // A pipe opens when both sides are there: now it reads its configuration, and waits for the rest.
    let opened = tokio::task::spawn_blocking({
        let pipe = pipe.clone();
        move || File::options().write(true).open(pipe)
    });
    let mut held = tokio::time::timeout(Duration::from_secs(30), opened).await.unwrap().unwrap().unwrap();
    // What it reads again is there at once.
    std::fs::rename(&file, &pipe).unwrap();
    signal(server.child.id(), "TERM");
    held.write_all(&std::fs::read(&pipe).unwrap()).unwrap();
    drop(held);
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.said());
    let said = server.said();
    assert!(said.contains("stopped before the start was over") && !said.contains("listening"), "{said}");
}

#[tokio::test]
async fn a_server_gives_up_after_its_time_and_says_what_it_saw() {
    let mut server =
        Starting::of(&[("DATABASE_URL", &nobody()), ("SECRET_KEYS", &secret()), ("START_TIMEOUT", "2s")]);
    assert_eq!(server.ended().await.code(), Some(1));
    let said = server.said();
    assert!(said.contains("no primary of the database answers") && said.contains("START_TIMEOUT"), "{said}");
}

#[tokio::test]
async fn permanent_problems_end_the_start_at_once() {
    let alone = Standalone::start().await.unwrap();
    let locked = ReplicaSet::with(Options { auth: true, ..Options::single() }).await.unwrap();
    let (_, rest) = locked.url().split_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let spoken = ReplicaSet::with(Options { tls: true, ..Options::single() }).await.unwrap();
    let (untrusting, _) =
        spoken.url().split_once("&tlsCAFile").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    for (url, words) in [
        (alone.url(), "rs.initiate()"),
        (format!("mongodb://palisade:wrong@{rest}"), "does not accept this user and password"),
        (untrusting, "the certificate of the database is not valid"),
        ("postgres://127.0.0.1/x".to_owned(), "DATABASE_URL"),
    ] {
        let variables =
            [("DATABASE_URL", url.as_str()), ("SECRET_KEYS", &secret()), ("START_TIMEOUT", "600s")];
        let mut server = Starting::of(&variables);
        assert_eq!(server.ended().await.code(), Some(1));
        assert!(server.said().contains(words), "{words}: {}", server.said());
    }
}

/// The environment of a server that may be the first process of a container.
fn production(url: &str) -> Vec<(&'static str, String)> {
    [
        ("APP_ENV", "production"),
        ("APP_URL", "https://app.example.org"),
        ("SMTP_URL", "smtps://mailer:q7PxT2vR9kLm@smtp.example.org:465"),
        ("MAIL_FROM", "no-reply@example.org"),
        ("DATABASE_URL", url),
        ("SECRET_KEYS", &secret()),
        ("START_TIMEOUT", "600s"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

/// Process 1 of a namespace of its own: signals that nobody listens for do nothing to it.
#[tokio::test]
async fn the_first_process_of_a_container_obeys_while_it_waits() {
    let alone = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child"];
    let possible = Command::new("unshare").args(alone).arg("true").output();
    if !possible.is_ok_and(|ran| ran.status.success()) {
        // The system gives its users no namespaces: the signals themselves are tested above.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut inside = Command::new("unshare");
    inside.args(alone).arg(path()).current_dir(folder.path());
    inside.envs(production(&nobody()));
    let mut server = Starting::from(folder, inside);
    server.until_it_says("waiting for the database").await;
    let id = server.child.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    signal(children.trim().parse().unwrap(), "TERM");
    server.until_it_says("stopped before the start was over").await;
    assert_eq!(server.ended().await.code(), Some(0));
}

/// A command under these limits of file descriptors, the second of which it cannot raise.
fn limited(folder: &Path, arguments: &[&str], soft: u32, hard: u32, variables: &[(&str, &str)]) -> Command {
    let product = command(folder, arguments, variables);
    let mut shell = Command::new("sh");
    let script = format!("ulimit -S -n {soft} && ulimit -H -n {hard} && exec \"$0\" \"$@\"");
    shell.args(["-c", &script]).arg(path()).args(arguments).current_dir(folder).env_clear();
    for (name, value) in product.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell
}

#[tokio::test]
async fn the_limit_of_descriptors_is_raised_to_what_the_connections_take() {
    let folder = tempfile::tempdir().unwrap();
    let limited = limited(folder.path(), &[], 128, 2000, &[("MAX_CONNECTIONS", "1000")]);
    let server = Starting::from(folder, limited);
    server.until_ready().await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.child.id())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    assert_eq!(files.split_whitespace().nth(3), Some("1256"), "{files}");
    assert!(!server.said().contains("MAX_CONNECTIONS"), "{}", server.said());
}

#[tokio::test]
async fn without_descriptors_fewer_connections_are_accepted_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let limited_to = limited(folder.path(), &[], 128, 300, &[("MAX_CONNECTIONS", "1000")]);
    let server = Starting::from(folder, limited_to);
    server.until_ready().await;
    server.until_it_says("MAX_CONNECTIONS is 1000").await;
    let address: std::net::SocketAddr = ([127, 0, 0, 1], server.port).into();
    let mut idle = Vec::new();
    for _ in 0..400 {
        idle.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!server.said().contains("could not accept"), "{}", server.said());
    drop(idle);
    server.until_ready().await;

    let elsewhere = tempfile::tempdir().unwrap();
    let checked = limited(elsewhere.path(), &["check"], 128, 300, &[("MAX_CONNECTIONS", "1000")]);
    let mut checked = checked;
    let output = checked.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && printed.contains("warning: MAX_CONNECTIONS is 1000"), "{printed}");
    let unlimited = run(elsewhere.path(), &["check"], &[("MAX_CONNECTIONS", "10")]);
    assert!(!unlimited.printed.contains("warning: MAX_CONNECTIONS"), "{}", unlimited.printed);
}
