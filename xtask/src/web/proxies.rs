//! Palisade behind a real nginx: whether clients are known there, and whether what it refuses reaches them. The other proxies
//! are for `node tests/proxies/run.mjs`; what came of all is in `docs/proxies.md`.

use std::process::Command;

use super::tools::Tools;
use super::{Bench, run};
use crate::finding::Failure;
use crate::outcome::{Outcome, spelled};
use crate::repository::Repository;

/// As `docs/proxies.md` says it is set, the same keeping connections to Palisade, and as it comes.
const NGINX: [&str; 3] = ["nginx", "nginx, 20m, keepalive", "nginx, bare"];

/// Runs it. What is missing is installed into a cache folder; what cannot be is a failure, wherever this runs.
pub(crate) fn check(repository: &Repository) -> Result<Outcome, Failure> {
    if !Tools::find(repository)?.node {
        return Err(Failure::Broken("Node.js 20.9 or newer is not on PATH".to_owned()));
    }
    let mut install = Command::new(repository.path("scripts/install-test-tools.sh"));
    let installed = install.arg("proxies").status();
    if !installed.map_err(|error| Failure::broken(spelled(&install), error))?.success() {
        return Err(Failure::Command(spelled(&install)));
    }
    let bench = Bench::new(repository)?;
    let mut through = Command::new("node");
    through.arg(repository.path("tests/proxies/run.mjs")).arg("--check").args(NGINX);
    run(through.env("PALISADE_BINARY", &bench.binary))?;
    Ok(Outcome::Done)
}
