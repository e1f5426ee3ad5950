//! The web step: tests the TypeScript client, builds the Next.js example with it, and drives the example and the
//! built-in pages against the real binary, behind the nginx that the example describes.
//!
//! Everything happens in the target directory: nothing is written into the checkout.

pub(crate) mod book;
mod client;
mod nginx;
pub(crate) mod oauth;
mod packages;
pub(crate) mod proxies;
mod servers;
mod tools;
pub(crate) mod upstash;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use crate::finding::Failure;
use crate::outcome::Outcome;
use crate::repository::Repository;
use nginx::Ports;
use packages::{Bench, quietly, run};
use servers::{Running, free_port};
use tools::Tools;

const EXAMPLE: &str = "examples/nextjs";
const DRIVE: &str = "tests/web";

/// Builds and drives the example. Without Node.js it is skipped with a note; on CI that is a failure.
pub(crate) fn check(repository: &Repository) -> Result<Outcome, Failure> {
    let tools = Tools::find(repository)?;
    if !tools.node {
        return tools.skip_without("Node.js 20.9 or newer with npm");
    }
    for (tool, found) in [("Chromium", &tools.chromium), ("nginx", &tools.nginx)] {
        if found.is_none() && tools.on_ci {
            return tools.skip_without(tool);
        }
    }
    let bench = Bench::new(repository)?;
    client::build(&bench)?;
    // The tests of the client mostly wait, and the example mostly computes until it is built.
    let (tested, built) = thread::scope(|scope| {
        let tests = scope.spawn(|| client::test(&bench));
        let built = build_example(&bench);
        (tests.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), built)
    });
    let (example, drive) = both(tested, built)?;
    drive_example(&bench, &example, &drive, &tools)?;
    match (&tools.chromium, &tools.nginx) {
        (Some(_), Some(_)) => Ok(Outcome::Done),
        (None, _) => tools.skip_without("Chromium"),
        (_, None) => tools.skip_without("nginx"),
    }
}

/// Rewrites the generated files of the client.
pub(crate) fn write_types(repository: &Repository) -> Result<(), Failure> {
    client::write(&Bench::new(repository)?)
}

/// Builds the example with the client, and installs what drives it. Returns the folders of both.
fn build_example(bench: &Bench<'_>) -> Result<(PathBuf, PathBuf), Failure> {
    let example = bench.install(EXAMPLE)?;
    client::renew(bench, &example)?;
    let drive = bench.install(DRIVE)?;
    build(&example)?;
    Ok((example, drive))
}

/// Neither failure hides the other.
fn both<T>(one: Result<(), Failure>, other: Result<T, Failure>) -> Result<T, Failure> {
    match (one, other) {
        (Err(one), Err(other)) => Err(Failure::Broken(format!("{one}\n\n{other}"))),
        (one, other) => one.and(other),
    }
}

/// `next build`, which also checks the types. As in production: the build knows nothing of Palisade.
fn build(example: &Path) -> Result<(), Failure> {
    let mut build = Command::new("node");
    build.args(["node_modules/next/dist/bin/next", "build"]).current_dir(example);
    quietly(build.env("NEXT_TELEMETRY_DISABLED", "1").env_remove("PALISADE_URL"))
}

/// Starts the servers and runs the drive. The servers end with it, however it ends.
fn drive_example(bench: &Bench<'_>, example: &Path, drive: &Path, tools: &Tools) -> Result<(), Failure> {
    let folder = bench.empty("run")?;
    let ports = Ports {
        routed: free_port()?,
        before: free_port()?,
        palisade: free_port()?,
        gate: free_port()?,
        next: free_port()?,
        rewriting: free_port()?,
    };
    let origin = |port: u16| format!("http://localhost:{port}");
    let app = origin(if tools.nginx.is_some() { ports.routed } else { ports.rewriting });
    let mut backend = Command::new(&bench.binary);
    backend.current_dir(&folder).env_clear().env("PORT", ports.palisade.to_string());
    backend.env("APP_URL", &app).env("TRUSTED_PROXIES", "127.0.0.1");
    backend.env("SIGN_IN_URL", format!("{app}/sign-in"));
    // The drive does in a minute what takes a person an hour; `visitors.mjs` has the same strict number.
    backend.env("RATE_LIMIT_STRICT", "60/60s").env("RATE_LIMIT_NORMAL", "6000/60s");
    backend.env("RATE_LIMIT_NORMAL_NETWORK", "6000/60s");
    // Passwords are hashed for many people at once, while the machine builds as well.
    backend.env("HANDLER_TIMEOUT", "60s").env("DRAIN_TIMEOUT", "60s");
    // A provider for the buttons, which nobody runs.
    for (name, value) in [
        ("ISSUER", "https://127.0.0.1:9"),
        ("CLIENT_ID", "palisade"),
        ("CLIENT_SECRET", "nobody-checks-this"),
    ] {
        backend.env(format!("OIDC_ACME_{name}"), value);
    }
    let backend = Running::start(&mut backend, &folder, "palisade")?;
    let mut frontend = Command::new("node");
    frontend.args(["node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port"]);
    frontend.arg(ports.next.to_string()).current_dir(example).env("NEXT_TELEMETRY_DISABLED", "1");
    frontend.env("APP_URL", &app).env("PALISADE_URL", origin(ports.gate));
    let frontend = Running::start(&mut frontend, &folder, "next")?;

    let mut drive_command = Command::new("node");
    drive_command.arg("drive.mjs").current_dir(drive).env("EXAMPLE", example);
    drive_command.env("PALISADE", origin(ports.palisade)).env("SETUP_LINK_IN", backend.errors());
    drive_command.env("APP_URL", &app).env("DEVELOPMENT", origin(ports.rewriting));
    drive_command.env("GATE", origin(ports.gate));
    let nginx = tools.nginx.as_ref().map(|program| nginx::start(program, bench.repository, &folder, &ports));
    let nginx = nginx.transpose()?;
    if nginx.is_some() {
        drive_command.env("ROUTED", origin(ports.routed)).env("BEFORE", origin(ports.before));
    }
    if let Some(chromium) = &tools.chromium {
        drive_command.env("CHROMIUM", chromium);
    }
    run(&mut drive_command).map_err(|failure| {
        let servers = [Some(&backend), Some(&frontend), nginx.as_ref()];
        let said: String = servers.into_iter().flatten().map(Running::last_output).collect();
        Failure::Broken(format!("{failure}\n{said}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_of_two_failures_hides_the_other() {
        let failure = |text: &str| Failure::Broken(text.to_owned());
        assert_eq!(both(Ok(()), Ok(1)).ok(), Some(1));
        let said = |one, other: Result<(), Failure>| both(one, other).unwrap_err().to_string();
        assert_eq!(said(Err(failure("tests")), Ok(())), "tests");
        assert_eq!(said(Ok(()), Err(failure("build"))), "build");
        assert_eq!(said(Err(failure("tests")), Err(failure("build"))), "tests\n\nbuild");
    }
}
