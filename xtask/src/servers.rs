//! The servers that all tests of a run share: one replica set of MongoDB and one Redis.
//!
//! A separate program starts them, so that this one needs no driver. It ends them when its input ends, which
//! happens when this program drops its end or is killed.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::console::Console;
use crate::finding::Failure;
use crate::outcome::command_line;
use crate::programs::SHARED_BUILD;
use crate::repository::Repository;

const PROGRAM: &str = "palisade-test-servers";
/// The variables that it prints for each server, which tests read.
const VARIABLES: [&str; 2] = ["MONGODB_TEST_URL", "REDIS_TEST_URL"];

/// Running servers. Dropping this ends them and waits for their end.
#[derive(Debug)]
pub(crate) struct Servers {
    child: Child,
    input: Option<ChildStdin>,
    /// Names and values for the environment of the tests.
    pub(crate) variables: Vec<(String, String)>,
}

impl Servers {
    /// Starts them. A missing program is installed first, into a cache folder.
    pub(crate) fn start(repository: &Repository) -> Result<Self, Failure> {
        let program = build(repository)?;
        let started = Self::run(&program);
        if started.is_ok() {
            return started;
        }
        let mut install = Command::new(repository.path("scripts/install-test-tools.sh"));
        let installed = install.arg("servers").status();
        if !installed.map_err(|error| Failure::broken(command_line(&install), error))?.success() {
            return started;
        }
        Self::run(&program)
    }

    fn run(program: &PathBuf) -> Result<Self, Failure> {
        let mut command = Command::new(program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| Failure::broken(command_line(&command), error))?;
        let input = child.stdin.take();
        let lines = child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines());
        let variables = lines
            .map_while(Result::ok)
            .filter_map(|line| line.split_once('=').map(|(name, url)| (name.to_owned(), url.to_owned())))
            .filter(|(name, _)| VARIABLES.contains(&name.as_str()))
            .take(VARIABLES.len())
            .collect();
        let servers = Self { child, input, variables };
        if servers.variables.len() == VARIABLES.len() {
            Ok(servers)
        } else {
            Err(Failure::Broken("the servers for the tests do not start: see above".to_owned()))
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}

/// Keeps them running until this process is interrupted, or they end.
pub(crate) fn keep(repository: &Repository, console: &mut Console<'_>) -> Result<(), Failure> {
    let mut servers = Servers::start(repository)?;
    for (name, url) in &servers.variables {
        console.line(format_args!("{name}={url}"));
    }
    let status = servers.child.wait().map_err(|error| Failure::broken(PROGRAM, error))?;
    if status.success() { Ok(()) } else { Err(Failure::Command(PROGRAM.to_owned())) }
}

/// With the features that the test steps select, so that nothing is compiled twice.
fn build(repository: &Repository) -> Result<PathBuf, Failure> {
    let mut build = repository.cargo();
    build.args(["build", "--quiet", "--locked"]).args(SHARED_BUILD).args(["--bin", PROGRAM]);
    let status = build.status().map_err(|error| Failure::broken(command_line(&build), error))?;
    if !status.success() {
        return Err(Failure::Command(command_line(&build)));
    }
    let here = std::env::current_exe().map_err(|error| Failure::broken("finding this program", error))?;
    Ok(here.with_file_name(PROGRAM).with_extension(std::env::consts::EXE_EXTENSION))
}
