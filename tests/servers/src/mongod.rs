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
/// Who there is where signing in is needed.
pub(crate) const USER: &str = "palisade";

/// `mongod` ends with this when its port is taken.
const ADDRESS_IN_USE: i32 = 48;
const ATTEMPTS: usize = 5;

/// Between two looks at something that is awaited.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);
/// How long something is awaited on a machine that has other things to do.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// One server process, its port and its files.
#[derive(Debug)]
pub(crate) struct Mongod {
    port: u16,
    arguments: Vec<String>,
    /// What stands in its environment beside ours.
    environment: Vec<(&'static str, String)>,
    folder: PathBuf,
    list: List,
    process: Option<Process>,
    admin: Database,
}

/// A server of its own, which is no replica set: what the product must refuse to start on.
#[derive(Debug)]
pub struct Standalone {
    mongod: Mongod,
    /// After the server, so that it is dropped after it.
    _keeper: Keeper,
}

impl Standalone {
    /// Starts one and waits until it answers.
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
    /// Starts one in a folder of this name, on a free port, and waits until it answers.
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
                // Another took the port in between.
                Err(ServerError::Ended { status, .. }) if in_use(status) && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
                Ok(()) => return Ok(mongod),
            }
        }
    }

    /// Starts it on the files and the port it has, and waits until it answers.
    pub(crate) async fn run(&mut self) -> Result<(), ServerError> {
        let program = MONGOD.find()?;
        let log = self.folder.join("mongod.log");
        // By way of `env`, so that what is meant for the server is not meant for the shell that starts it.
        let mut command: Vec<String> =
            self.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        command.push(program.to_string_lossy().into_owned());
        command.extend_from_slice(&self.arguments);
        let process = Process::start("mongod", Path::new("env"), &command, &log, self.list.clone())?;
        let process = self.process.insert(process);
        let mut waited = Duration::ZERO;
        while let Err(error) = self.admin.run_command(doc! {"ping": 1}).await {
            process.still_runs()?;
            if waited >= PATIENCE {
                return Err(late("an answer of mongod", error.to_string()));
            }
            tokio::time::sleep(PAUSE).await;
            // The driver waits before it gives up too.
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

    /// From now on commands are run as the one user there is.
    pub(crate) fn sign_in(&mut self, password: &str) -> Result<(), ServerError> {
        self.admin = connect(self.port, Some(password))?;
        Ok(())
    }

    /// Runs a command on this very server, whatever its role.
    pub(crate) async fn command(
        &self,
        doing: &'static str,
        command: Document,
    ) -> Result<Document, ServerError> {
        self.admin.run_command(command).await.map_err(ServerError::driver(doing))
    }
}

/// Small: a machine runs several, and none holds much. No socket file and no diagnostics, which would be left behind
/// or grow. Test commands are on, so that a test can tell a server to fail (`configureFailPoint`).
fn arguments(folder: &Path, port: u16, more: &[String]) -> Vec<String> {
    let (port, folder) = (port.to_string(), folder.to_string_lossy());
    let fixed = [
        ["--bind_ip", "127.0.0.1"],
        ["--port", &port],
        ["--dbpath", &folder],
        ["--wiredTigerCacheSizeGB", "0.25"],
        // Three logs of 100 MB each would be written ahead.
        ["--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)"],
        ["--setParameter", "diagnosticDataCollectionEnabled=false"],
        ["--setParameter", "enableTestCommands=1"],
    ];
    let mut arguments: Vec<String> = fixed.concat().into_iter().map(str::to_owned).collect();
    arguments.push("--nounixsocket".to_owned());
    arguments.extend_from_slice(more);
    arguments
}

/// How long the driver looks for a server that does not answer.
const SELECTION: Duration = Duration::from_millis(250);

fn connect(port: u16, password: Option<&str>) -> Result<Database, ServerError> {
    let host = ServerAddress::Tcp { host: "127.0.0.1".to_owned(), port: Some(port) };
    let mut options = ClientOptions::builder().hosts(vec![host]).direct_connection(true).build();
    options.server_selection_timeout = Some(SELECTION);
    options.connect_timeout = Some(PATIENCE);
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
    ServerError::Late { awaited: awaited.to_owned(), seconds: PATIENCE.as_secs(), last }
}

/// Something nobody can guess, in a file that only we can read, as `mongod` asks of a key file.
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
