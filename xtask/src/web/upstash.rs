//! The limiter against a third-party server of Upstash's protocol. It is a program of Node.js, in front of the
//! Redis of the run; `crates/lib/tests/limit_stores/upstash.rs` is the part of our own tests.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::packages::{folder, install};
use super::servers::Running;
use super::tools::Tools;
use crate::console::Console;
use crate::finding::Failure;
use crate::outcome::Outcome;
use crate::programs::{self, Program, Run};
use crate::repository::Repository;
use crate::servers::Servers;

const PACKAGE: &str = "tests/upstash";
/// It protects nothing: server and tests are on this machine and end with the step.
const TOKEN: &str = "of-this-run";
/// The time between two checks whether it listens, and the number of checks.
const PAUSE: Duration = Duration::from_millis(50);
const CHECKS: u32 = 400;

/// Runs the tests that apply to every store against it. Without Node.js it is skipped with a note; on CI that is a
/// failure.
pub(crate) fn check(
    repository: &Repository,
    servers: &Servers,
    tests: Program,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let tools = Tools::find(repository)?;
    if !tools.node {
        return tools.skip_without("Node.js 20.9 or newer with npm");
    }
    let package = install(repository, &folder()?, PACKAGE)?;
    let mut server = Command::new("node");
    server.arg("server.mjs").current_dir(&package).env("TOKEN", TOKEN);
    if let Some((_, redis)) = servers.variables.iter().find(|(name, _)| name == "REDIS_TEST_URL") {
        server.env("REDIS_URL", redis);
    }
    let server = Running::start(&mut server, &package, "upstash")?;
    let url = address(&server)?;
    let named = [("UPSTASH_TEST_URL".to_owned(), url), ("UPSTASH_TEST_TOKEN".to_owned(), TOKEN.to_owned())];
    let tests = Run::of(tests).only("stores::upstash").with(servers.variables.iter().cloned()).with(named);
    programs::run(&[tests], console)
        .map_err(|failure| Failure::Broken(format!("{failure}\n{}", server.last_output())))?;
    Ok(Outcome::Done)
}

/// The address that it prints once it listens.
fn address(server: &Running) -> Result<String, Failure> {
    for _ in 0..CHECKS {
        let said = fs::read_to_string(server.out()).unwrap_or_default();
        if let Some((url, _)) = said.split_once('\n') {
            return Ok(url.to_owned());
        }
        std::thread::sleep(PAUSE);
    }
    Err(Failure::Broken(format!("{PACKAGE}/server.mjs does not listen\n{}", server.last_output())))
}
