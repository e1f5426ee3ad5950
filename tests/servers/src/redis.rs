//! One `redis-server`.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::certificates::Authority;
use crate::error::ServerError;
use crate::keeper::Keeper;
use crate::mongod::{PATIENCE, PAUSE, late};
use crate::process::Process;
use crate::program::Program;
use crate::{REDIS_TEST_URL, port};

const REDIS: Program = Program { name: "redis-server", variable: "REDIS_SERVER", url: REDIS_TEST_URL };

const ATTEMPTS: usize = 5;
/// After so many milliseconds without a word from a node it is taken for dead.
const NODE_TIMEOUT: &str = "1000";

/// A Redis that keeps nothing on disk: one that is started again is empty. Dropping it kills it.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    clustered: bool,
    tls: Option<Tls>,
    process: Option<Process>,
    /// After the process, so that it is dropped after it.
    keeper: Keeper,
}

/// Where it speaks TLS, beside its plain port.
#[derive(Debug)]
struct Tls {
    port: u16,
    authority: Authority,
    certificate: PathBuf,
}

impl Tls {
    fn new(folder: &Path) -> Result<Self, ServerError> {
        let authority = Authority::new(folder)?;
        let certificate = folder.join("server.pem");
        authority.for_loopback(&certificate)?;
        Ok(Self { port: port::free()?, authority, certificate })
    }
}

impl RedisServer {
    /// Starts one on a free port and waits until it answers.
    pub async fn start() -> Result<Self, ServerError> {
        Self::start_as(false).await
    }

    /// The same, which also speaks TLS: at [`tls_url`](Self::tls_url), under a certificate of [`authority`](Self::authority).
    pub async fn start_with_tls() -> Result<Self, ServerError> {
        let keeper = Keeper::new()?;
        let tls = Some(Tls::new(keeper.folder())?);
        let mut server = Self { port: port::free()?, clustered: false, tls, process: None, keeper };
        server.restart().await?;
        Ok(server)
    }

    /// `rediss://127.0.0.1:…/`, of one that speaks TLS.
    pub fn tls_url(&self) -> Option<String> {
        self.tls.as_ref().map(|tls| format!("rediss://127.0.0.1:{}/", tls.port))
    }

    /// The file with the certificate of its authority, of one that speaks TLS.
    pub fn authority(&self) -> Option<&Path> {
        self.tls.as_ref().map(|tls| tls.authority.file())
    }

    /// The same, as a node of a cluster or not.
    pub(crate) async fn start_as(clustered: bool) -> Result<Self, ServerError> {
        let mut attempt = 1;
        loop {
            let keeper = Keeper::new()?;
            let mut server = Self { port: port::free()?, clustered, tls: None, process: None, keeper };
            match server.restart().await {
                // Another took the port in between; Redis has no exit code of its own for it.
                Err(ServerError::Ended { .. }) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
                Ok(()) => return Ok(server),
            }
        }
    }

    /// `redis://127.0.0.1:…/`
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Its port.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// What it answers to one command, as it comes over the wire.
    pub fn command(&self, words: &[&str]) -> std::io::Result<String> {
        command(self.port, words)
    }

    /// Changes one of its settings, until it is started again.
    pub fn set(&self, name: &str, value: &str) -> Result<(), ServerError> {
        let doing = || ServerError::system(format!("setting {name}"));
        let answer = self.command(&["CONFIG", "SET", name, value]).map_err(doing())?;
        if answer.starts_with("+OK") { Ok(()) } else { Err(doing()(std::io::ErrorKind::InvalidInput.into())) }
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Stops it in the middle of whatever it does (SIGSTOP): its connections stay open, and nobody answers.
    pub fn pause(&self) -> Result<(), ServerError> {
        self.process.as_ref().map_or(Ok(()), |process| process.signal("STOP"))
    }

    /// Lets it go on after [`pause`](Self::pause).
    pub fn resume(&self) -> Result<(), ServerError> {
        self.process.as_ref().map_or(Ok(()), |process| process.signal("CONT"))
    }

    /// Starts it again after [`kill`](Self::kill), on the same port and empty, and waits until it answers.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        if self.process.is_some() {
            return Ok(());
        }
        let (program, port) = (REDIS.find()?, self.port.to_string());
        let folder = self.keeper.folder();
        fs::create_dir_all(folder).map_err(ServerError::system("creating the folder of a server"))?;
        let place = folder.to_string_lossy();
        let mut arguments =
            vec!["--port", &port, "--bind", "127.0.0.1", "--dir", &place, "--save", "", "--appendonly", "no"];
        if self.clustered {
            arguments.extend(["--cluster-enabled", "yes", "--cluster-node-timeout", NODE_TIMEOUT]);
            arguments.extend(["--cluster-require-full-coverage", "no"]);
            arguments.extend(["--cluster-replica-validity-factor", "0"]);
        }
        let tls = self.tls.as_ref().map(|tls| {
            (tls.port.to_string(), tls.certificate.to_string_lossy(), tls.authority.file().to_string_lossy())
        });
        if let Some((port, certificate, authority)) = &tls {
            arguments.extend([
                "--tls-port",
                port,
                "--tls-auth-clients",
                "no",
                "--tls-ca-cert-file",
                authority,
            ]);
            arguments.extend(["--tls-cert-file", certificate, "--tls-key-file", certificate]);
        }
        let log = folder.join("redis.log");
        let process = Process::start("redis-server", &program, &arguments, &log, self.keeper.list())?;
        let process = self.process.insert(process);
        let mut waited = Duration::ZERO;
        while let Err(error) = ping(self.port) {
            process.still_runs()?;
            if waited >= PATIENCE {
                return Err(late("an answer of redis-server", error.to_string()));
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
        // The one that answered may be another on the same port.
        process.still_runs()
    }
}

/// As a person would with netcat.
fn ping(port: u16) -> std::io::Result<()> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    if &answer == b"+PONG\r\n" { Ok(()) } else { Err(std::io::ErrorKind::InvalidData.into()) }
}

/// One command and the beginning of its answer: all of it, as far as it comes at once.
fn command(port: u16, words: &[&str]) -> std::io::Result<String> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        for part in ["$", &word.len().to_string(), "\r\n", word, "\r\n"] {
            request.push_str(part);
        }
    }
    stream.write_all(request.as_bytes())?;
    let mut answer = vec![0; 64 * 1024];
    let read = stream.read(&mut answer)?;
    answer.truncate(read);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
