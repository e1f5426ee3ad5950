//! The test programs: built once by cargo, and run in parallel.

mod by_module;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cargo_metadata::{Artifact, Message, TargetKind};

use crate::console::Console;
use crate::finding::Failure;
use crate::outcome::command_line;
use crate::repository::{self, Repository, cargo};

/// The packages whose tests are built together. Cargo chooses the features of every library by the packages of one
/// build, so one selection for all of them means one build of each library. The tools need features that nothing else
/// has; built together with the product, they would cause a second build of most libraries.
pub(crate) const SHARED_BUILD: &[&str] = &[
    "--workspace",
    "--exclude",
    "xtask",
    "--exclude",
    "palisade-compile-fail",
    "--exclude",
    "palisade-limits-bench",
];

/// The tools that have tests, each built alone.
const TOOLS: [&str; 2] = ["xtask", "palisade-compile-fail"];

/// The program of all tests of the interface, whose modules run one by one.
const BY_MODULE: &str = "api-tests/api";

/// The slowest programs, the slowest first. They start first, or the run would wait for one of them at the end. `storm` is
/// slow as well but stays in its place among light programs: beside one of these its requests exceed their deadlines.
const SLOWEST: &[&str] = &[
    "lib",
    "modules",
    "core",
    "api-tests/failover",
    "api-tests/mail_budgets",
    "lib/limit_stores",
    "compile-fail/app",
    "api-tests/database",
    "api-tests/crash",
    "api-tests/addresses",
    "api-tests/every_setting",
    "api-tests/backup",
    "api-tests/able",
    "api-tests/guessing",
    "api-tests/described",
];

/// One program of tests, or one module of it.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Package and target, or package and module: `lib/limit_stores`, `api-tests/login`.
    pub(crate) name: String,
    path: PathBuf,
    package: PathBuf,
    /// The paths of the tests to run; empty for all tests.
    tests: Vec<String>,
}

impl Program {
    /// The paths of the tests of a module.
    pub(crate) fn tests(&self) -> &[String] {
        &self.tests
    }

    /// Only these tests of it.
    pub(crate) fn only_tests(self, tests: Vec<String>) -> Self {
        Self { tests, ..self }
    }
}

#[cfg(test)]
impl Program {
    /// A program of which only the name matters.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            path: "/bin/sh".into(),
            package: std::env::temp_dir(),
            tests: Vec::new(),
        }
    }
}

/// One run of a program.
#[derive(Debug)]
pub(crate) struct Run {
    program: Program,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    /// Printed with the name: the engine.
    on: Option<&'static str>,
}

impl Run {
    /// All tests of the program.
    pub(crate) fn of(program: Program) -> Self {
        Self { program, arguments: Vec::new(), variables: Vec::new(), on: None }
    }

    /// Only the tests whose path starts with this.
    pub(crate) fn only(mut self, tests: &str) -> Self {
        self.arguments.push(tests.to_owned());
        self
    }

    /// With these variables in its environment.
    pub(crate) fn with(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.variables.extend(variables);
        self
    }

    /// With the store on MongoDB.
    pub(crate) fn on_mongodb(mut self) -> Self {
        self.on = Some("mongodb");
        self.with([("PALISADE_TEST_ENGINE".to_owned(), "mongodb".to_owned())])
    }

    fn name(&self) -> String {
        self.on.map_or_else(|| self.program.name.clone(), |on| format!("{} ({on})", self.program.name))
    }

    fn command(&self, output: &File) -> std::io::Result<Command> {
        let mut command = Command::new(&self.program.path);
        command.args(&self.arguments).arg("--quiet").current_dir(&self.program.package);
        if !self.program.tests.is_empty() {
            command.arg("--exact").args(&self.program.tests);
        }
        // As `cargo test` sets them.
        command.env("CARGO", cargo()).env("CARGO_MANIFEST_DIR", &self.program.package);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?);
        Ok(command)
    }
}

/// Builds the tests of the repository, for a fast run only the unit tests, and returns the programs.
pub(crate) fn all(repository: &Repository, fast: bool) -> Result<Vec<Program>, Failure> {
    const UNITS: [&str; 3] = ["--lib", "--bins", "--examples"];
    let integration: &[&str] = if fast { &[] } else { &["--tests"] };
    let mut programs = build(repository, &[SHARED_BUILD, &UNITS, integration].concat())?;
    for tool in TOOLS {
        programs.extend(build(repository, &["--package", tool, "--tests"])?);
    }
    if let Some(at) = programs.iter().position(|program| program.name == BY_MODULE) {
        let modules = programs.remove(at).by_module()?;
        programs.extend(modules);
    }
    programs.sort_by_key(|program| place(&program.name));
    Ok(programs)
}

/// Builds the tests of these packages and targets.
pub(crate) fn build(repository: &Repository, selection: &[&str]) -> Result<Vec<Program>, Failure> {
    let mut command = repository.cargo();
    command.args(["test", "--no-run", "--locked"]).args(selection);
    let built = artifacts(command)?;
    let mut programs: Vec<Program> =
        built.iter().filter(|artifact| artifact.profile.test).filter_map(program).collect();
    if programs.is_empty() {
        return Err(Failure::Broken(format!("nothing of {} has tests", selection.join(" "))));
    }
    programs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(programs)
}

/// Builds the product as shipped, without the parts for tests, and returns its path.
pub(crate) fn product(repository: &Repository) -> Result<PathBuf, Failure> {
    let mut command = repository.cargo();
    command.args(["build", "--locked", "--package", "palisade"]);
    let executables = artifacts(command)?.into_iter().filter(|artifact| artifact.target.name == "palisade");
    let found = executables.filter_map(|artifact| artifact.executable).next_back();
    found.map(Into::into).ok_or_else(|| Failure::Broken("cargo built no binary called palisade".to_owned()))
}

/// Builds the examples, a workspace of its own, into a folder of its own: their dependencies have other features. Returns
/// the path of the function of `examples/vercel`.
pub(crate) fn function(repository: &Repository) -> Result<PathBuf, Failure> {
    let executables = artifacts(of_examples(repository, &["build"])?)?;
    let found = executables.into_iter().filter(|artifact| artifact.target.name == "api");
    let found = found.filter_map(|artifact| artifact.executable).next_back();
    found.map(Into::into).ok_or_else(|| Failure::Broken("cargo built no binary called api".to_owned()))
}

/// Builds the tests of the example product, as that of a project outside this repository.
pub(crate) fn of_product(repository: &Repository) -> Result<Vec<Program>, Failure> {
    let selection = ["test", "--no-run", "--package", "palisade-notes-example", "--tests"];
    let built = artifacts(of_examples(repository, &selection)?)?;
    let tests = built.iter().filter(|artifact| artifact.target.kind.contains(&TargetKind::Test));
    Ok(tests.filter_map(program).collect())
}

/// Cargo in the workspace of the examples.
fn of_examples(repository: &Repository, arguments: &[&str]) -> Result<Command, Failure> {
    let mut command = repository.cargo();
    command.args(arguments).args(["--locked", "--manifest-path"]).arg(repository.path("examples/Cargo.toml"));
    command.arg("--target-dir").arg(repository::target()?.join("examples"));
    Ok(command)
}

/// The artifacts that cargo built.
fn artifacts(mut command: Command) -> Result<Vec<Artifact>, Failure> {
    command.args(["--message-format", "json-render-diagnostics"]).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| Failure::broken(command_line(&command), error))?;
    if !output.status.success() {
        return Err(Failure::Command(command_line(&command)));
    }
    let messages = Message::parse_stream(output.stdout.as_slice()).filter_map(Result::ok);
    Ok(messages
        .filter_map(|message| match message {
            Message::CompilerArtifact(artifact) => Some(artifact),
            _ => None,
        })
        .collect())
}

fn program(artifact: &Artifact) -> Option<Program> {
    let package = artifact.manifest_path.parent()?;
    // `…/crates/lib#palisade-lib@0.1.0`, or `…/xtask#0.1.0` where the folder already has the name.
    let id = artifact.package_id.repr.rsplit('#').next()?;
    let package_name = id.split_once('@').map_or_else(|| package.file_name(), |(name, _)| Some(name))?;
    let package_name = package_name.strip_prefix("palisade-").unwrap_or(package_name);
    let integration = artifact.target.kind.contains(&TargetKind::Test);
    let name = if integration {
        format!("{package_name}/{}", artifact.target.name)
    } else if artifact.target.is_bin() && artifact.target.name == package_name {
        format!("{package_name}: the binary")
    } else if artifact.target.name.replace('_', "-").ends_with(package_name) {
        package_name.to_owned()
    } else {
        format!("{package_name}: {}", artifact.target.name)
    };
    Some(Program {
        name,
        path: artifact.executable.clone()?.into(),
        package: package.to_owned().into(),
        tests: Vec::new(),
    })
}

fn place(name: &str) -> usize {
    SLOWEST.iter().position(|slowest| *slowest == name).unwrap_or(SLOWEST.len())
}

/// Runs all programs, at most as many at once as the machine has processors, because the databases need one as well and
/// requests have deadlines, and prints each result when it is there. A failed program stops no other: its output is shown,
/// and the step fails with its name.
pub(crate) fn run(runs: &[Run], console: &mut Console<'_>) -> Result<(), Failure> {
    let processors = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    in_parallel(runs, processors, console)
}

fn in_parallel(runs: &[Run], at_once: usize, console: &mut Console<'_>) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut failed = Vec::new();
    thread::scope(|scope| {
        for _ in 0..at_once {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let _ = sender.send((run.name(), execute(run)));
                }
            });
        }
        drop(sender);
        for (name, result) in receiver {
            match result {
                Ok(finished) if finished.passed => {
                    console.line(format_args!(
                        "  {:>6.1} s  {name}: {}",
                        finished.took.as_secs_f64(),
                        finished.count()
                    ));
                }
                Ok(finished) => {
                    let took = finished.took.as_secs_f64();
                    console.line(format_args!(
                        "  {took:>6.1} s  {name}: FAILED\n{}",
                        finished.printed.trim_end()
                    ));
                    failed.push(name);
                }
                Err(error) => {
                    console.line(format_args!("  {name}: cannot be run: {error}"));
                    failed.push(name);
                }
            }
        }
    });
    if failed.is_empty() { Ok(()) } else { Err(Failure::Command(failed.join(", "))) }
}

struct Finished {
    passed: bool,
    printed: String,
    took: Duration,
}

impl Finished {
    /// `12 passed; 1 ignored`, as the program counts them.
    fn count(&self) -> String {
        let counts = self.printed.lines().filter_map(|line| line.trim().strip_prefix("test result: ok. "));
        let is_shown = |count: &&str| !count.starts_with("0 ") && !count.starts_with("finished");
        let parts: Vec<&str> = counts.flat_map(|line| line.split("; ").filter(is_shown)).collect();
        if parts.is_empty() { "no tests".to_owned() } else { parts.join("; ") }
    }
}

#[expect(clippy::disallowed_methods, reason = "a program is measured for the person who waits for it")]
fn execute(run: &Run) -> std::io::Result<Finished> {
    let mut output = tempfile::tempfile()?;
    let begun = Instant::now();
    let passed = run.command(&output)?.status()?.success();
    let took = begun.elapsed();
    let mut printed = Vec::new();
    output.seek(SeekFrom::Start(0))?;
    output.read_to_end(&mut printed)?;
    Ok(Finished { passed, printed: String::from_utf8_lossy(&printed).into_owned(), took })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program of which only the name and what it runs matter.
    fn shell(name: &str, script: &str) -> Run {
        Run { arguments: vec!["-c".to_owned(), script.to_owned()], ..Run::of(Program::named(name)) }
    }

    fn outcome(runs: &[Run]) -> (Result<(), Failure>, String) {
        let mut printed = Vec::new();
        let result = in_parallel(runs, 2, &mut Console(&mut printed));
        (result, String::from_utf8(printed).unwrap())
    }

    #[test]
    fn a_failed_program_is_reported_and_stops_no_other() {
        let good = "echo 'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; finished in 0.01s'";
        let runs = ["first", "second", "third"].map(|name| shell(name, good));
        let mut runs = Vec::from(runs);
        runs.insert(1, shell("broken", "echo here is why >&2; exit 101"));
        runs.push(shell("on the other", good).on_mongodb());
        let (result, printed) = outcome(&runs);
        assert_eq!(result.unwrap_err().to_string(), "failed: broken");
        assert!(printed.contains("broken: FAILED\nhere is why"), "{printed}");
        for name in ["first", "second", "third", "on the other (mongodb)"] {
            assert!(printed.contains(&format!("{name}: 3 passed; 1 ignored\n")), "{printed}");
        }
    }

    #[test]
    fn the_slowest_programs_exist() {
        for name in SLOWEST {
            let Some((package, test)) = name.split_once('/') else {
                assert!(Repository::here().path("crates").join(name).is_dir(), "{name}");
                continue;
            };
            let folder = match package {
                "lib" => "crates/lib/tests",
                "api-tests" => "tests/api/tests/api",
                _ => "tests/compile-fail/tests",
            };
            let folder = Repository::here().path(folder);
            assert!(folder.join(test).is_dir() || folder.join(format!("{test}.rs")).is_file(), "{name}");
        }
    }

    #[test]
    fn a_program_that_cannot_start_has_failed() {
        let mut run = shell("nowhere", "");
        run.program.path = "/nowhere/at/all".into();
        assert!(outcome(&[run]).0.is_err());
    }

    #[test]
    fn programs_run_in_parallel() {
        // Each waits for the other: run in sequence they would wait forever.
        let folder = tempfile::tempdir().unwrap();
        let meet = |own: &str, other: &str| {
            let (own, other) = (folder.path().join(own), folder.path().join(other));
            let wait = format!(
                "n=0; until [ -e {other:?} ]; do n=$((n + 1)); [ $n -lt 600 ] || exit 1; sleep 0.05; done"
            );
            shell("one of two", &format!("touch {own:?}; {wait}"))
        };
        outcome(&[meet("a", "b"), meet("b", "a")]).0.unwrap();
    }
}
