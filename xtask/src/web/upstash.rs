//! The limiter against a server of Upstash's protocol that others wrote. It is a program of Node.js, in front of the Redis
//! of the run; what the tests have of their own is `crates/lib/tests/limit_stores/upstash.rs`.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::servers::Running;
use super::tools::Tools;
use super::{folder, install, run};
use crate::finding::Failure;
use crate::repository::Repository;
use crate::servers::Servers;
use crate::steps::Outcome;

const PACKAGE: &str = "tests/upstash";
/// It guards nothing: server and tests are on this machine and end with the step.
const TOKEN: &str = "of-this-run";
/// Between two looks whether it listens, and how many there are.
const PAUSE: Duration = Duration::from_millis(50);
const LOOKS: u32 = 400;

/// Runs what holds for every store against it. Without Node.js it says so; on CI that is a failure.
pub(crate) fn check(repository: &Repository, servers: &Servers) -> Result<Outcome, Failure> {
    let tools = Tools::find(repository)?;
    if !tools.node {
        return tools.do_without("Node.js 20.9 or newer with npm");
    }
    let package = install(repository, &folder()?, PACKAGE)?;
    let mut server = Command::new("node");
    server.arg("server.mjs").current_dir(&package).env("TOKEN", TOKEN);
    if let Some((_, redis)) = servers.variables.iter().find(|(name, _)| name == "REDIS_TEST_URL") {
        server.env("REDIS_URL", redis);
    }
    let server = Running::start(&mut server, &package, "upstash")?;
    let url = address(&server)?;
    let mut tests = repository.cargo();
    tests.args([
        "test",
        "--quiet",
        "--locked",
        "--workspace",
        "--test",
        "limit_stores",
        "--",
        "stores::upstash",
    ]);
    tests.envs(servers.variables.iter().cloned());
    tests.env("UPSTASH_TEST_URL", url).env("UPSTASH_TEST_TOKEN", TOKEN);
    run(&mut tests).map_err(|failure| Failure::Broken(format!("{failure}\n{}", server.said())))?;
    Ok(Outcome::Done)
}

/// What it says once it listens.
fn address(server: &Running) -> Result<String, Failure> {
    for _ in 0..LOOKS {
        let said = fs::read_to_string(server.out()).unwrap_or_default();
        if let Some((url, _)) = said.split_once('\n') {
            return Ok(url.to_owned());
        }
        std::thread::sleep(PAUSE);
    }
    Err(Failure::Broken(format!("{PACKAGE}/server.mjs does not listen\n{}", server.said())))
}
