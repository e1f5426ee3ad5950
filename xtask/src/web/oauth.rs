//! Signing in through providers that other people wrote, which run on this machine. `tests/oauth/providers.mjs` lists
//! them.

use std::path::PathBuf;
use std::process::Command;

use super::servers::free_port;
use super::tools::{Tools, installed};
use super::{Bench, run};
use crate::finding::Failure;
use crate::outcome::{Outcome, command_line};
use crate::repository::Repository;

const DRIVE: &str = "tests/oauth";
/// A Python that has the provider of the same name, and the argument that makes the script install it.
const PYTHON: &str = "python-with-oidc-provider-mock";
const MOCK: &str = "oidc-provider-mock";

/// Runs the drive. What the machine cannot run is left out with a note; on CI that is a failure.
pub(crate) fn check(repository: &Repository) -> Result<Outcome, Failure> {
    let tools = Tools::find(repository)?;
    if !tools.node {
        return tools.skip_without("Node.js 20.9 or newer with npm");
    }
    let python = python(repository)?;
    if python.is_none() && tools.on_ci {
        return tools.skip_without("Python 3.11 or newer with pip");
    }
    let bench = Bench::new(repository)?;
    let mut drive = Command::new("node");
    drive.arg("drive.mjs").current_dir(bench.install(DRIVE)?);
    drive.env("PORT", free_port()?.to_string()).env("PALISADE_BINARY", &bench.binary);
    drive.env("FOLDER", bench.empty("oauth-run")?);
    if let Some(python) = &python {
        drive.env("PYTHON_WITH_MOCK", python);
    }
    run(&mut drive)?;
    if python.is_some() { Ok(Outcome::Done) } else { tools.skip_without("Python 3.11 or newer with pip") }
}

/// The script says why, if there is none.
fn python(repository: &Repository) -> Result<Option<PathBuf>, Failure> {
    let mut install = Command::new(repository.path("scripts/install-test-tools.sh"));
    let status = install.arg(MOCK).status();
    let is_installed = status.map_err(|error| Failure::broken(command_line(&install), error))?.success();
    Ok(installed(PYTHON).filter(|_| is_installed))
}
