//! The web step: builds the Next.js example as it is, compares its types with the interface, and drives it and the
//! built-in pages against the real binary, behind the nginx that the example describes.
//!
//! Everything happens in the target directory: nothing is written into the checkout.

mod nginx;
pub(crate) mod oauth;
pub(crate) mod proxies;
mod servers;
mod tools;
pub(crate) mod upstash;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;

use crate::finding::{Failure, Finding};
use crate::outcome::{Outcome, command_line};
use crate::programs;
use crate::repository::{self, Repository};
use nginx::Ports;
use servers::{Running, free_port};
use tools::Tools;

const EXAMPLE: &str = "examples/nextjs";
const TYPES: &str = "examples/nextjs/src/api.d.ts";
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
    let example = bench.install(EXAMPLE)?;
    let drive = bench.install(DRIVE)?;
    let api = bench.types(&example)?;
    if api != repository.read(TYPES)? {
        let finding = Finding::file(TYPES, "is out of date: run `cargo xtask web --types`");
        return Err(Failure::Findings(vec![finding]));
    }
    Bench::build(&example)?;
    bench.drive(&example, &drive, &tools)?;
    match (&tools.chromium, &tools.nginx) {
        (Some(_), Some(_)) => Ok(Outcome::Done),
        (None, _) => tools.skip_without("Chromium"),
        (_, None) => tools.skip_without("nginx"),
    }
}

/// Rewrites the types of the example.
pub(crate) fn write_types(repository: &Repository) -> Result<(), Failure> {
    let bench = Bench::new(repository)?;
    let api = bench.types(&bench.install(EXAMPLE)?)?;
    let path = repository.path(TYPES);
    fs::write(&path, api).map_err(|error| Failure::io("writing", &path, &error))
}

/// A folder in the target directory, and the binary built for the step.
struct Bench<'a> {
    repository: &'a Repository,
    binary: PathBuf,
    folder: PathBuf,
}

impl<'a> Bench<'a> {
    fn new(repository: &'a Repository) -> Result<Self, Failure> {
        Ok(Self { repository, binary: programs::product(repository)?, folder: folder()? })
    }

    fn install(&self, package: &str) -> Result<PathBuf, Failure> {
        install(self.repository, &self.folder, package)
    }

    /// The types of the interface, as the binary describes it.
    fn types(&self, example: &Path) -> Result<String, Failure> {
        let folder = self.empty("openapi")?;
        let mut describe = Command::new(&self.binary);
        describe.arg("openapi").current_dir(&folder).env_clear();
        let described = describe.output().map_err(|error| Failure::broken(command_line(&describe), error))?;
        if !described.status.success() {
            return Err(Failure::Broken(String::from_utf8_lossy(&described.stderr).into_owned()));
        }
        let (document, types) = (folder.join("openapi.json"), folder.join("api.d.ts"));
        fs::write(&document, described.stdout).map_err(|error| Failure::io("writing", &document, &error))?;
        let mut generate = Command::new("node");
        generate.arg("node_modules/openapi-typescript/bin/cli.js").arg(&document).arg("--output").arg(&types);
        quietly(generate.current_dir(example))?;
        fs::read_to_string(&types).map_err(|error| Failure::io("reading", &types, &error))
    }

    /// `next build`, which also checks the types. As in production: the build knows nothing of Palisade.
    fn build(example: &Path) -> Result<(), Failure> {
        let mut build = Command::new("node");
        build.args(["node_modules/next/dist/bin/next", "build"]).current_dir(example);
        quietly(build.env("NEXT_TELEMETRY_DISABLED", "1").env_remove("PALISADE_URL"))
    }

    /// Starts the servers and runs the drive. The servers end with it, however it ends.
    fn drive(&self, example: &Path, drive: &Path, tools: &Tools) -> Result<(), Failure> {
        let folder = self.empty("run")?;
        let ports = Ports {
            routed: free_port()?,
            before: free_port()?,
            palisade: free_port()?,
            next: free_port()?,
            rewriting: free_port()?,
        };
        let origin = |port: u16| format!("http://localhost:{port}");
        let app = origin(if tools.nginx.is_some() { ports.routed } else { ports.rewriting });
        let mut backend = Command::new(&self.binary);
        backend.current_dir(&folder).env_clear().env("PORT", ports.palisade.to_string());
        backend.env("APP_URL", &app).env("TRUSTED_PROXIES", "127.0.0.1");
        // The drive does in a minute what takes a person an hour; `visitors.mjs` has the same number.
        backend.env("RATE_LIMIT_STRICT", "60/60s");
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
        let frontend = Running::start(&mut frontend, &folder, "next")?;

        let mut drive_command = Command::new("node");
        drive_command.arg("drive.mjs").current_dir(drive).env("EXAMPLE", example);
        drive_command.env("PALISADE", origin(ports.palisade)).env("SETUP_LINK_IN", backend.errors());
        drive_command.env("DEVELOPMENT", origin(ports.rewriting));
        let nginx =
            tools.nginx.as_ref().map(|program| nginx::start(program, self.repository, &folder, &ports));
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

    fn empty(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.folder.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| Failure::io("creating", &folder, &error))?;
        Ok(folder)
    }
}

/// Where packages are installed.
fn folder() -> Result<PathBuf, Failure> {
    Ok(repository::target()?.join("web"))
}

/// A copy of a package of the repository with its dependencies, which are kept for as long as the lock file.
fn install(repository: &Repository, folder: &Path, package: &str) -> Result<PathBuf, Failure> {
    let (from, to) = (repository.path(package), folder.join(package.replace('/', "-")));
    // Renamed or deleted files must not be built.
    let _ = fs::remove_dir_all(to.join("src"));
    copy(&from, &to)?;
    let lock = repository.read(&format!("{package}/package-lock.json"))?;
    let installed = to.join("node_modules/.installed-lock");
    if fs::read_to_string(&installed).is_ok_and(|of| of == lock) {
        return Ok(to);
    }
    run(Command::new("npm").args(["ci", "--loglevel=error"]).current_dir(&to))?;
    fs::write(&installed, lock).map_err(|error| Failure::io("writing", &installed, &error))?;
    Ok(to)
}

/// Copies hand-written files, not installed or built ones.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let made = |name: &str| matches!(name, "node_modules" | ".next" | "next-env.d.ts");
    let entries = WalkDir::new(from).into_iter();
    for entry in entries.filter_entry(|entry| !made(&entry.file_name().to_string_lossy())) {
        let entry = entry.map_err(|error| Failure::broken("listing the example", error))?;
        let target = to.join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        let copied = if entry.file_type().is_dir() {
            fs::create_dir_all(&target)
        } else {
            fs::copy(entry.path(), &target).map(drop)
        };
        copied.map_err(|error| Failure::io("copying to", &target, &error))?;
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| Failure::broken(command_line(command), error))?;
    if status.success() { Ok(()) } else { Err(Failure::Command(command_line(command))) }
}

/// Shows the output only after a failure.
fn quietly(command: &mut Command) -> Result<(), Failure> {
    let output = command.output().map_err(|error| Failure::broken(command_line(command), error))?;
    if output.status.success() {
        return Ok(());
    }
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(Failure::Broken(format!("failed: {}\n{out}{err}", command_line(command))))
}
