//! One `mongod`.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::options::{ClientOptions, Credential, ServerAddress};
use mongodb::{Client, Database};

use crate::error::ServerError;
use crate::keeper::{Keeper, List};
use crate::process::Process;
use crate::program::Program;
use crate::{MONGODB_TEST_URL, port};

pub(crate) const MONGOD: Program = Program { name: "mongod", variable: "MONGOD", url: MONGODB_TEST_URL };

/// The name of every set.
pub(crate) const SET: &str = "rs0";
/// The user of a server with authentication.
pub(crate) const USER: &str = "palisade";

/// `mongod` ends with this when its port is taken.
const ADDRESS_IN_USE: i32 = 48;
const ATTEMPTS: usize = 5;

/// The pause between two checks of an awaited condition.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);
/// How long a condition is awaited, on a busy machine.
pub(crate) const WAIT: Duration = Duration::from_mins(1);

/// One server process, its port and its files.
#[derive(Debug)]
pub(crate) struct Mongod {
    port: u16,
    arguments: Vec<String>,
    /// Additional variables for its environment.
    environment: Vec<(&'static str, String)>,
    folder: PathBuf,
    list: List,
    process: Option<Process>,
    admin: Database,
}

/// A standalone server: the product must refuse to keep documents in it.
#[derive(Debug)]
pub struct Standalone {
    mongod: Mongod,
    /// After the server, so that it is dropped last.
    _keeper: Keeper,
}

impl Standalone {
    /// Starts it and waits until it answers.
    pub async fn start() -> Result<Self, ServerError> {
        let keeper = Keeper::new()?;
        let mongod = Mongod::start(&keeper, "standalone", &[], Vec::new()).await?;
        Ok(Self { mongod, _keeper: keeper })
    }

    /// `mongodb://127.0.0.1:…/`
    pub fn url(&self) -> String {
        format!("mongodb://{}/", self.mongod.address())
    }
}

impl Mongod {
    /// Starts it in a folder of this name, on a free port, and waits until it answers.
    pub(crate) async fn start(
        keeper: &Keeper,
        name: &str,
        more: &[String],
        environment: Vec<(&'static str, String)>,
    ) -> Result<Self, ServerError> {
        let folder = keeper.folder().join(name);
        fs::create_dir_all(&folder).map_err(ServerError::system("creating the folder of a server"))?;
        let mut attempt = 1;
        loop {
            let port = port::free()?;
            let mut mongod = Self {
                port,
                arguments: arguments(&folder, port, more),
                environment: environment.clone(),
                folder: folder.clone(),
                list: keeper.list(),
                process: None,
                admin: connect(port, None)?,
            };
            match mongod.run().await {
                // Another process took the port in between.
                Err(ServerError::Ended { status, .. }) if in_use(status) && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
                Ok(()) => return Ok(mongod),
            }
        }
    }

    /// Starts it on its files and its port, and waits until it answers.
    pub(crate) async fn run(&mut self) -> Result<(), ServerError> {
        let program = MONGOD.find()?;
        let log = self.folder.join("mongod.log");
        // Through `env`, so that the variables do not affect the shell that starts it.
        let mut command: Vec<String> =
            self.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        command.push(program.to_string_lossy().into_owned());
        command.extend_from_slice(&self.arguments);
        let process = Process::start("mongod", Path::new("env"), &command, &log, self.list.clone())?;
        let process = self.process.insert(process);
        let mut waited = Duration::ZERO;
        while let Err(error) = self.admin.run_command(doc! {"ping": 1}).await {
            process.still_runs()?;
            if waited >= WAIT {
                return Err(late("an answer of mongod", error.to_string()));
            }
            tokio::time::sleep(PAUSE).await;
            // The driver also waits before it gives up.
            waited += PAUSE + SELECTION;
        }
        Ok(())
    }

    pub(crate) fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    pub(crate) fn signal(&self, signal: &str) -> Result<(), ServerError> {
        self.process.as_ref().map_or(Ok(()), |process| process.signal(signal))
    }

    pub(crate) fn runs(&self) -> bool {
        self.process.is_some()
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on commands run as the only user.
    pub(crate) fn sign_in(&mut self, password: &str) -> Result<(), ServerError> {
        self.admin = connect(self.port, Some(password))?;
        Ok(())
    }

    /// Runs a command on this member, whatever its role.
    pub(crate) async fn command(
        &self,
        doing: &'static str,
        command: Document,
    ) -> Result<Document, ServerError> {
        self.admin.run_command(command).await.map_err(ServerError::driver(doing))
    }
}

/// Small caches, because a machine runs several servers. No socket file and no diagnostics, which would be left behind
/// or grow. Test commands are enabled, so that a test can make a server fail (`configureFailPoint`).
fn arguments(folder: &Path, port: u16, more: &[String]) -> Vec<String> {
    let (port, folder) = (port.to_string(), folder.to_string_lossy());
    let fixed = [
        ["--bind_ip", "127.0.0.1"],
        ["--port", &port],
        ["--dbpath", &folder],
        ["--wiredTigerCacheSizeGB", "0.25"],
        // Otherwise it would preallocate three logs of 100 MB each.
        ["--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)"],
        ["--setParameter", "diagnosticDataCollectionEnabled=false"],
        ["--setParameter", "enableTestCommands=1"],
        // How long the files of a dropped database stay, and stay open. After the default of five minutes, those of several
        // hundred tests together are more than a process may open, and the server aborts.
        ["--setParameter", "minSnapshotHistoryWindowInSeconds=30"],
    ];
    let mut arguments: Vec<String> = fixed.concat().into_iter().map(str::to_owned).collect();
    arguments.push("--nounixsocket".to_owned());
    arguments.extend_from_slice(more);
    arguments
}

/// The server selection timeout of the driver.
const SELECTION: Duration = Duration::from_millis(250);

fn connect(port: u16, password: Option<&str>) -> Result<Database, ServerError> {
    let host = ServerAddress::Tcp { host: "127.0.0.1".to_owned(), port: Some(port) };
    let mut options = ClientOptions::builder().hosts(vec![host]).direct_connection(true).build();
    options.server_selection_timeout = Some(SELECTION);
    options.connect_timeout = Some(WAIT);
    options.credential = password.map(|password| {
        Credential::builder().username(USER.to_owned()).password(password.to_owned()).build()
    });
    let client = Client::with_options(options).map_err(ServerError::driver("preparing a connection"))?;
    Ok(client.database("admin"))
}

fn in_use(status: ExitStatus) -> bool {
    status.code() == Some(ADDRESS_IN_USE)
}

pub(crate) fn late(awaited: &str, last: String) -> ServerError {
    ServerError::Late { awaited: awaited.to_owned(), seconds: WAIT.as_secs(), last }
}

/// A random key in a file that only we can read, as `mongod` requires of a key file.
pub(crate) fn key_file(folder: &Path) -> Result<(PathBuf, String), ServerError> {
    let refused = || ServerError::system("making a key file");
    let mut random = [0; 16];
    let mut source = fs::File::open("/dev/urandom").map_err(refused())?;
    source.read_exact(&mut random).map_err(refused())?;
    let key = u128::from_le_bytes(random).to_string();
    let path = folder.join("key");
    fs::write(&path, &key).map_err(refused())?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(refused())?;
    Ok((path, key))
}
