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
use crate::servers::Servers;

const DRIVE: &str = "tests/oauth";
/// The guards of these sign-ins. Here only their places are checked; whether a test holds each is a run of its own.
const MUTANTS: &str = "tests/oauth/mutants/run.mjs";
/// The variables of the programs that run providers, and what installs each.
const ORDINARY: &[(&str, &str)] = &[("PYTHON_WITH_MOCK", "oidc-provider-mock")];
const LONG: &[(&str, &str)] =
    &[("PYTHON_WITH_MORE", "more-oidc-providers"), ("GLEWLWYD", "glewlwyd"), ("LEMONLDAP", "lemonldap-ng")];

/// Runs the drive on both engines of the store; with `PALISADE_LONG=1` through more providers. What the machine cannot run
/// is left out with a note; on CI that is a failure.
pub(crate) fn check(repository: &Repository, servers: &Servers) -> Result<Outcome, Failure> {
    let tools = Tools::find(repository)?;
    if !tools.node {
        return tools.skip_without("Node.js 20.9 or newer with npm");
    }
    run(Command::new("node").args([MUTANTS, "--check"]).current_dir(repository.path("")))?;
    let mut drive = Command::new("node");
    let mut missing = Vec::new();
    let mut wanted = ORDINARY.to_vec();
    if is_long() {
        wanted.extend(LONG);
        drive.env("LONG_FORM", "1");
    }
    for (variable, name) in wanted {
        match installed_by_script(name, repository)? {
            Some(program) => {
                drive.env(variable, program);
            }
            None => missing.push(name),
        }
    }
    if tools.chromium.is_none() {
        missing.push("Chromium");
    }
    if !missing.is_empty() && tools.on_ci {
        return tools.skip_without(&missing.join(", "));
    }
    let bench = Bench::new(repository)?;
    drive.arg("drive.mjs").current_dir(bench.install(DRIVE)?);
    drive.env("PORT", free_port()?.to_string()).env("PALISADE_BINARY", &bench.binary);
    drive.env("FOLDER", bench.empty("oauth-run")?).envs(servers.variables.iter().cloned());
    drive.envs(tools.chromium.as_ref().map(|chromium| ("CHROMIUM", chromium)));
    run(&mut drive)?;
    if missing.is_empty() { Ok(Outcome::Done) } else { tools.skip_without(&missing.join(", ")) }
}

#[expect(clippy::disallowed_methods, reason = "the tests ask for their long forms like this")]
fn is_long() -> bool {
    std::env::var_os("PALISADE_LONG").is_some_and(|value| value == "1")
}

/// A program that the script has installed. The script says why, if there is none.
fn installed_by_script(name: &str, repository: &Repository) -> Result<Option<PathBuf>, Failure> {
    let mut install = Command::new(repository.path("scripts/install-test-tools.sh"));
    let status = install.arg(name).status();
    let is_installed = status.map_err(|error| Failure::broken(command_line(&install), error))?.success();
    let program = installed(name).or_else(|| installed(&format!("python-with-{name}")));
    Ok(program.filter(|_| is_installed))
}
