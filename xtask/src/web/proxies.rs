//! Palisade behind a real nginx: checks that the server knows its clients there, and that its refusals reach them.
//! The other proxies belong to `node tests/proxies/run.mjs`; `docs/proxies.md` has the results of all.

use std::process::Command;

use super::packages::{Bench, run};
use super::tools::Tools;
use crate::finding::Failure;
use crate::outcome::{Outcome, command_line};
use crate::repository::Repository;

/// The configuration of `docs/proxies.md`, the same with kept connections to Palisade, and the default
/// configuration.
const NGINX: [&str; 3] = ["nginx", "nginx, 20m, keepalive", "nginx, bare"];

/// Runs it. A missing tool is installed into a cache folder; if that is impossible, the step fails everywhere.
pub(crate) fn check(repository: &Repository) -> Result<Outcome, Failure> {
    if !Tools::find(repository)?.node {
        return Err(Failure::Broken("Node.js 20.9 or newer is not on PATH".to_owned()));
    }
    let mut install = Command::new(repository.path("scripts/install-test-tools.sh"));
    let installed = install.arg("proxies").status();
    if !installed.map_err(|error| Failure::broken(command_line(&install), error))?.success() {
        return Err(Failure::Command(command_line(&install)));
    }
    let bench = Bench::new(repository)?;
    let mut command = Command::new("node");
    command.arg(repository.path("tests/proxies/run.mjs")).arg("--check").args(NGINX);
    run(command.env("PALISADE_BINARY", &bench.binary))?;
    Ok(Outcome::Done)
}
