//! Signing in through providers that other people wrote, which run on this machine. `tests/oauth/providers.mjs` lists
//! them.

use std::path::PathBuf;
use std::process::Command;

use super::packages::{Bench, run};
use super::servers::free_port;
use super::tools::{Tools, installed};
use crate::finding::Failure;
use crate::outcome::{Outcome, command_line};
use crate::repository::Repository;

const DRIVE: &str = "tests/oauth";
const NO_PYTHON: &str = "Python 3.11 or newer with pip";

/// Runs the drive; with `PALISADE_LONG=1` through more providers. What the machine cannot run is left out with a note; on
/// CI that is a failure.
pub(crate) fn check(repository: &Repository) -> Result<Outcome, Failure> {
    let tools = Tools::find(repository)?;
    if !tools.node {
        return tools.skip_without("Node.js 20.9 or newer with npm");
    }
    let mut programs = vec![("PYTHON_WITH_MOCK", "oidc-provider-mock")];
    if is_long() {
        programs.push(("PYTHON_WITH_MORE", "more-oidc-providers"));
    }
    let mut drive = Command::new("node");
    let mut is_whole = true;
    for (variable, providers) in programs {
        let python = python_with(providers, repository)?;
        if python.is_none() && tools.on_ci {
            return tools.skip_without(NO_PYTHON);
        }
        is_whole &= python.is_some();
        drive.envs(python.map(|python| (variable, python)));
    }
    let bench = Bench::new(repository)?;
    drive.arg("drive.mjs").current_dir(bench.install(DRIVE)?);
    drive.env("PORT", free_port()?.to_string()).env("PALISADE_BINARY", &bench.binary);
    drive.env("FOLDER", bench.empty("oauth-run")?);
    drive.envs(tools.chromium.as_ref().map(|chromium| ("CHROMIUM", chromium)));
    run(&mut drive)?;
    match (is_whole, &tools.chromium) {
        (true, Some(_)) => Ok(Outcome::Done),
        (true, None) => tools.skip_without("Chromium"),
        (false, _) => tools.skip_without(NO_PYTHON),
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests ask for their long forms like this")]
fn is_long() -> bool {
    std::env::var_os("PALISADE_LONG").is_some_and(|value| value == "1")
}

/// A Python that has these providers. The script says why, if there is none.
fn python_with(providers: &str, repository: &Repository) -> Result<Option<PathBuf>, Failure> {
    let mut install = Command::new(repository.path("scripts/install-test-tools.sh"));
    let status = install.arg(providers).status();
    let is_installed = status.map_err(|error| Failure::broken(command_line(&install), error))?.success();
    Ok(installed(&format!("python-with-{providers}")).filter(|_| is_installed))
}
