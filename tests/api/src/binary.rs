//! The product's binary in its own process.

use std::fs::File;
use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use tempfile::TempDir;

use crate::database::{Database, is_mongodb};
use palisade_test::Client;

/// The file in a server's folder with its `DATABASE_URL`, if the server does not use the default.
const PLACE: &str = "database-url";

/// A running server with its own folder. Dropping it kills it.
#[derive(Debug)]
pub struct Binary {
    child: Child,
    port: u16,
    folder: TempDir,
    database: Database,
}

/// The path of the binary, built without test features: from `PALISADE_TEST_BINARY`, which a whole run sets, else built
/// now.
#[expect(clippy::disallowed_methods, reason = "the environment of a test names what was built for it")]
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        if let Some(built) = std::env::var_os("PALISADE_TEST_BINARY") {
            return built.into();
        }
        let built = Command::new(env!("CARGO")).args(["build", "--quiet", "--package", "palisade"]).status();
        assert!(built.expect("cargo runs").success(), "the binary does not build");
        // target/debug/deps/this_test → target/debug/palisade
        let test = std::env::current_exe().unwrap();
        test.parent().and_then(Path::parent).unwrap().join("palisade")
    })
}

/// A command of the binary in this folder, without our environment. It uses the database of the server that was started
/// there.
pub fn command(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(path());
    command.args(arguments).current_dir(folder).env_clear();
    if let Ok(url) = std::fs::read_to_string(folder.join(PLACE)) {
        command.env("DATABASE_URL", url);
    }
    command.envs(variables.iter().copied());
    command
}

/// The result of a command.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The exit status; `None` if the command did not end.
    pub status: Option<i32>,
    /// Its standard output.
    pub printed: String,
    /// Its standard error.
    pub complained: String,
}

impl Ran {
    /// The line that begins with this word, with single spaces between the columns.
    pub fn line(&self, word: &str) -> String {
        let starts = |line: &&str| line.split_whitespace().next() == Some(word);
        let found = self.printed.lines().find(starts);
        let line =
            found.unwrap_or_else(|| panic!("{word} begins no line of {}{}", self.printed, self.complained));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The timeout of a command: far longer than any that ends by itself.
const COMMAND: Duration = Duration::from_mins(1);

/// Runs a command of the binary to its end. If it does not end, such as a server that should have refused to start, it
/// is killed and has no exit status.
pub fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = command(folder, arguments, variables);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (printed, complained) = (read(child.stdout.take().unwrap()), read(child.stderr.take().unwrap()));
    let all = |pipe: &Receiver<String>, child: &mut Child| {
        pipe.recv_timeout(COMMAND).unwrap_or_else(|_| {
            child.kill().unwrap();
            pipe.recv().unwrap()
        })
    };
    let (printed, complained) = (all(&printed, &mut child), all(&complained, &mut child));
    Ran { status: child.wait().unwrap().code(), printed, complained }
}

/// Reads a pipe to its end on another thread.
fn read(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        tell.send(text)
    });
    told
}

/// The same for a command that must succeed; returns its standard output.
pub fn succeed(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let ran = run(folder, arguments, variables);
    assert_eq!(ran.status, Some(0), "{arguments:?}: {}{}", ran.printed, ran.complained);
    ran
}

/// Creates a super-admin with this password through the command line.
pub fn make_super_admin(folder: &Path, email: &str, password: &str, variables: &[(&str, &str)]) {
    let file = folder.join("password");
    std::fs::write(&file, password).unwrap();
    succeed(folder, &["admin", "create", "--email", email, "--password-file", "password"], variables);
    std::fs::remove_file(file).unwrap();
}

/// A port that is free at the moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The standard output and standard error of a server.
type Outputs = (Stdio, Stdio);

fn files(folder: &Path) -> Outputs {
    let log = |name: &str| File::options().create(true).append(true).open(folder.join(name)).unwrap();
    (log("stdout.log").into(), log("stderr.log").into())
}

fn serve(folder: &Path, port: u16, variables: &[(&str, &str)], (out, complaints): Outputs) -> Child {
    let mut command = command(folder, &[], variables);
    command.env("PORT", port.to_string()).stdin(Stdio::null()).stdout(out).stderr(complaints);
    command.spawn().unwrap()
}

impl Binary {
    /// Starts a server in an empty folder and waits until it is ready.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), variables).await
    }

    /// The same with other targets for standard output and standard error.
    pub async fn start_into(out: Stdio, complaints: Stdio, variables: &[(&str, &str)]) -> Self {
        Self::start_with(tempfile::tempdir().unwrap(), Some((out, complaints)), variables).await
    }

    /// Starts a server in this folder and waits until it is ready.
    pub async fn start_in(folder: TempDir, variables: &[(&str, &str)]) -> Self {
        Self::start_with(folder, None, variables).await
    }

    async fn start_with(folder: TempDir, outputs: Option<Outputs>, variables: &[(&str, &str)]) -> Self {
        let given = variables.iter().any(|(name, _)| *name == "DATABASE_URL");
        let database = if is_mongodb() && !given {
            Database::of_this_run(folder.path())
        } else {
            Database::sqlite(&folder.path().join("data/palisade.db"))
        };
        if database.is_mongodb() {
            std::fs::write(folder.path().join(PLACE), database.url()).unwrap();
        }
        let port = free_port();
        let outputs = outputs.unwrap_or_else(|| files(folder.path()));
        let child = serve(folder.path(), port, variables, outputs);
        let mut binary = Self { child, port, folder, database };
        binary.until_ready().await;
        binary
    }

    /// Kills it (SIGKILL): nothing listens at its address until [`Self::start_again`].
    pub fn die(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Restarts it at the same address and in the same folder, and waits until it is ready.
    pub async fn start_again(&mut self, variables: &[(&str, &str)]) {
        self.child = serve(self.folder.path(), self.port, variables, files(self.folder.path()));
        self.until_ready().await;
    }

    async fn until_ready(&mut self) {
        for _ in 0..1500 {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!(
                    "the server ended with {status}: {}{}",
                    self.output("stdout.log"),
                    self.output("stderr.log")
                );
            }
            if tokio::net::TcpStream::connect(self.address()).await.is_ok()
                && self.program().get("/api/v1/health/ready").await.status == 200
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server did not become ready: {}", self.output("stderr.log"));
    }

    /// Waits until a running server is ready again: it checks every second whether a restore is over.
    pub async fn until_ready_again(&self) {
        for _ in 0..1000 {
            if self.program().get("/api/v1/health/ready").await.status == 200 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server does not become ready again: {}", self.output("stdout.log"));
    }

    /// The address at which it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The content of its database, as bytes to search in.
    pub fn stored(&self) -> Vec<u8> {
        self.database.everything()
    }

    /// Its database, for changes without the server.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A browser without a session.
    pub fn browser(&self) -> Client {
        self.program().from_origin(&self.origin())
    }

    /// A program: no cookies, no origin.
    pub fn program(&self) -> Client {
        Client::new(self.address(), &format!("localhost:{}", self.port))
    }

    /// Waits until it has logged this: a line is written shortly after its answer.
    pub async fn says(&self, text: &str) {
        for _ in 0..500 {
            if self.output("stdout.log").contains(text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the log does not say {text:?}: {}", self.output("stdout.log"));
    }

    /// `stdout.log` or `stderr.log`, as far as it was written.
    pub fn output(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends SIGTERM, without waiting for its end.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal by name (`STOP`, `CONT`).
    pub fn signal(&self, name: &str) {
        let told = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status();
        assert!(told.unwrap().success(), "the process is there");
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> std::process::ExitStatus {
        for _ in 0..3000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server does not end: {}", self.output("stderr.log"));
    }

    /// Kills it (SIGKILL) and returns its folder.
    pub fn kill(mut self) -> TempDir {
        self.die();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
