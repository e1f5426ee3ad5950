//! One `redis-server`.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::certificates::Authority;
use crate::error::ServerError;
use crate::keeper::Keeper;
use crate::mongod::{PAUSE, WAIT, late};
use crate::process::Process;
use crate::program::Program;
use crate::{REDIS_TEST_URL, port};

const REDIS: Program = Program { name: "redis-server", variable: "REDIS_SERVER", url: REDIS_TEST_URL };

const ATTEMPTS: usize = 5;
/// A node is considered down after so many milliseconds without an answer.
const NODE_TIMEOUT: &str = "1000";

/// A Redis without persistence: after a restart it is empty. Dropping it kills it.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    clustered: bool,
    tls: Option<Tls>,
    process: Option<Process>,
    /// After the process, so that it is dropped last.
    keeper: Keeper,
}

/// Its TLS port and authority.
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
    /// Starts it on a free port and waits until it answers.
    pub async fn start() -> Result<Self, ServerError> {
        Self::start_as(false).await
    }

    /// The same with TLS on another port: [`tls_url`](Self::tls_url), with a certificate of
    /// [`authority`](Self::authority).
    pub async fn start_with_tls() -> Result<Self, ServerError> {
        let keeper = Keeper::new()?;
        let tls = Some(Tls::new(keeper.folder())?);
        let mut server = Self { port: port::free()?, clustered: false, tls, process: None, keeper };
        server.restart().await?;
        Ok(server)
    }

    /// `rediss://127.0.0.1:…/`, for a server with TLS.
    pub fn tls_url(&self) -> Option<String> {
        self.tls.as_ref().map(|tls| format!("rediss://127.0.0.1:{}/", tls.port))
    }

    /// The file with the certificate of its authority, for a server with TLS.
    pub fn authority(&self) -> Option<&Path> {
        self.tls.as_ref().map(|tls| tls.authority.file())
    }

    /// The same, optionally as a node of a cluster.
    pub(crate) async fn start_as(clustered: bool) -> Result<Self, ServerError> {
        let mut attempt = 1;
        loop {
            let keeper = Keeper::new()?;
            let mut server = Self { port: port::free()?, clustered, tls: None, process: None, keeper };
            match server.restart().await {
                // Another process took the port in between; Redis has no exit code for that.
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

    /// Sends one command and returns the answer in the protocol's format.
    pub fn command(&self, words: &[&str]) -> std::io::Result<String> {
        command(self.port, words)
    }

    /// Changes a setting until the next restart.
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

    /// Stops it (SIGSTOP): its connections stay open, and it does not answer.
    pub fn pause(&self) -> Result<(), ServerError> {
        self.process.as_ref().map_or(Ok(()), |process| process.signal("STOP"))
    }

    /// Resumes it after [`pause`](Self::pause).
    pub fn resume(&self) -> Result<(), ServerError> {
        self.process.as_ref().map_or(Ok(()), |process| process.signal("CONT"))
    }

    /// Restarts it after [`kill`](Self::kill), empty and on the same port, and waits until it answers.
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
            if waited >= WAIT {
                return Err(late("an answer of redis-server", error.to_string()));
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
        // Another process may have answered on the same port.
        process.still_runs()
    }
}

/// A `PING` over a plain connection.
fn ping(port: u16) -> std::io::Result<()> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, WAIT)?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    if &answer == b"+PONG\r\n" { Ok(()) } else { Err(std::io::ErrorKind::InvalidData.into()) }
}

/// Sends one command and reads the first part of its answer.
fn command(port: u16, words: &[&str]) -> std::io::Result<String> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, WAIT)?;
    stream.set_read_timeout(Some(WAIT))?;
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
