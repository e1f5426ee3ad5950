//! The steps of `cargo xtask test`: their order, names and durations.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::console::Console;
use crate::finding::Failure;
use crate::outcome::{Outcome, spelled};
use crate::programs::{self, HOUSE, Program, Run};
use crate::repository::Repository;
use crate::servers::Servers;
use crate::{engines, generate, machine_code, manifests, sources, web};

/// The variable that names the product to the tests that run it; without it each test asks cargo for it.
const BINARY: &str = "PALISADE_TEST_BINARY";

/// One promise and its check.
struct Step {
    name: &'static str,
    fast: Fast,
    check: Check,
}

/// The part of a step in a fast run, which prints what it leaves out.
#[derive(Clone, Copy)]
enum Fast {
    Whole,
    Part(&'static str),
    Nothing,
}

enum Check {
    Here(fn(&Repository) -> Result<(), Failure>),
    Cargo(&'static [&'static str]),
    /// Cargo, with the same package selection as for the product's tests.
    CargoForTheHouse(&'static [&'static str]),
    /// Builds every test program, for a fast run only those of the unit tests.
    Build,
    /// Every program that was built, in one queue; those of the interface that use the store run once more, on MongoDB.
    Tests,
    /// Starts the servers for the later tests.
    Servers,
    /// Needs tools beside the Rust toolchain.
    Tools(fn(&Repository) -> Result<Outcome, Failure>),
    /// The same, with the test servers and the program of this name.
    ToolsWithTests(&'static str, Beside),
}

/// The work of a step with a test program and the servers.
type Beside = fn(&Repository, &Servers, Program, &mut Console<'_>) -> Result<Outcome, Failure>;

/// The results that steps leave for later ones. The servers end with it.
#[derive(Default)]
struct Made {
    servers: Option<Servers>,
    programs: Vec<Program>,
    product: Option<PathBuf>,
}

impl Made {
    /// Runs test programs, which find the servers and the product in their environment.
    fn run(&self, runs: impl Iterator<Item = Run>, console: &mut Console<'_>) -> Result<(), Failure> {
        let runs: Vec<Run> = runs.map(|run| run.with(self.variables())).collect();
        programs::run(&runs, console)
    }

    /// The variables for the tests.
    fn variables(&self) -> Vec<(String, String)> {
        let product =
            self.product.iter().map(|path| (BINARY.to_owned(), path.to_string_lossy().into_owned()));
        self.servers.iter().flat_map(|servers| servers.variables.iter().cloned()).chain(product).collect()
    }
}

/// Cheap first. All tests of the house are built at once, into the dev profile, so nothing is compiled twice; but for the
/// product itself, which is also built as it is shipped, without what only tests have, and for the package whose machine
/// code is looked at, which is released code. The tests run that binary of the product too.
const STEPS: &[Step] = &[
    Step { name: "format", fast: Fast::Whole, check: Check::Cargo(&["fmt", "--all", "--check"]) },
    Step { name: "manifests", fast: Fast::Whole, check: Check::Here(manifests::check) },
    Step { name: "sources", fast: Fast::Whole, check: Check::Here(sources::check) },
    Step {
        name: "clippy",
        fast: Fast::Whole,
        check: Check::Cargo(&[
            "clippy",
            "--quiet",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
    },
    // After clippy, which reports a mistake that does not compile better.
    Step { name: "build", fast: Fast::Whole, check: Check::Build },
    Step { name: "generated files", fast: Fast::Whole, check: Check::Here(generate::check) },
    Step {
        name: "documentation",
        fast: Fast::Nothing,
        check: Check::Cargo(&[
            "doc",
            "--quiet",
            "--locked",
            "--workspace",
            "--no-deps",
            "--config",
            "build.rustdocflags=['-Dwarnings']",
        ]),
    },
    Step { name: "test servers", fast: Fast::Whole, check: Check::Servers },
    // One of the tests needs the installed tool and fails without it.
    Step { name: "schemathesis", fast: Fast::Nothing, check: Check::Here(schemathesis) },
    Step { name: "tests", fast: Fast::Part("unit tests only"), check: Check::Tests },
    Step {
        name: "doc tests",
        fast: Fast::Nothing,
        check: Check::CargoForTheHouse(&["test", "--quiet", "--locked", "--doc"]),
    },
    // As a user with salts of their own uses it. No other package has optional features.
    Step {
        name: "palisade-bcrypt, bare",
        fast: Fast::Nothing,
        check: Check::Cargo(&[
            "test",
            "--quiet",
            "--locked",
            "--package",
            "palisade-bcrypt",
            "--no-default-features",
        ]),
    },
    Step { name: "machine code of the lanes", fast: Fast::Nothing, check: Check::Tools(machine_code::check) },
    Step {
        name: "another Upstash",
        fast: Fast::Nothing,
        check: Check::ToolsWithTests("lib/limit_stores", web::upstash::check),
    },
    Step { name: "proxies", fast: Fast::Nothing, check: Check::Tools(web::proxies::check) },
    Step { name: "web", fast: Fast::Nothing, check: Check::Tools(web::check) },
];

/// Runs the steps until one fails, then prints the outcome of each.
pub(crate) fn test(repository: &Repository, console: &mut Console<'_>, fast: bool) -> Result<(), Failure> {
    run(repository, console, &STEPS.iter().collect::<Vec<_>>(), fast)
}

/// Runs the step of this name alone.
pub(crate) fn alone(name: &str, repository: &Repository, console: &mut Console<'_>) -> Result<(), Failure> {
    match STEPS.iter().find(|step| step.name == name) {
        Some(step) => run(repository, console, &[step], false),
        None => Err(Failure::Broken(format!("no step is called \"{name}\""))),
    }
}

/// Runs the steps, then checks for changes that should have been committed.
pub(crate) fn ci(repository: &Repository, console: &mut Console<'_>) -> Result<(), Failure> {
    test(repository, console, false)?;
    let mut status = repository.git();
    status.args(["status", "--porcelain"]);
    let output = status.output().map_err(|error| Failure::broken("running git", error))?;
    if !output.status.success() {
        return Err(Failure::Command(spelled(&status)));
    }
    if output.stdout.is_empty() {
        return Ok(());
    }
    let changed = String::from_utf8_lossy(&output.stdout).into_owned();
    Err(Failure::Broken(format!("the checkout is not as committed:\n{}", changed.trim_end())))
}

fn run(
    repository: &Repository,
    console: &mut Console<'_>,
    steps: &[&Step],
    fast: bool,
) -> Result<(), Failure> {
    let mut summary = String::new();
    let mut not_run = String::new();
    let mut result = Ok(());
    let mut made = Made::default();
    for &step in steps {
        if result.is_err() {
            let _ = writeln!(summary, "  {:<27} not reached", step.name);
            continue;
        }
        if fast && matches!(step.fast, Fast::Nothing) {
            let _ = writeln!(summary, "  {:<27} left out (--fast)", step.name);
            continue;
        }
        console.line(format_args!("== {}", step.name));
        let (outcome, took) = measured(|| step.check.run(repository, &mut made, fast, console));
        let word = match &outcome {
            Ok(Outcome::Done) => "ok",
            Ok(Outcome::NotRun(_)) => "NOT RUN",
            Err(_) => "FAILED",
        };
        let part = match step.fast {
            Fast::Part(part) if fast => format!(", {part} (--fast)"),
            _ => String::new(),
        };
        let line = format!("  {:<27} {word:<7} {:>6.1} s{part}", step.name, took.as_secs_f64());
        console.line(&line);
        let _ = writeln!(summary, "{line}");
        if let Ok(Outcome::NotRun(reason)) = &outcome {
            let _ = writeln!(not_run, "NOT RUN, in whole or in part: {}: {reason}", step.name);
        }
        result = outcome.map(drop).map_err(|failure| named(step, &failure));
    }
    console.line(format_args!("\n{}", summary.trim_end()));
    if !not_run.is_empty() {
        console.line(format_args!("\n{}", not_run.trim_end()));
    }
    result
}

impl Check {
    fn run(
        &self,
        repository: &Repository,
        made: &mut Made,
        fast: bool,
        console: &mut Console<'_>,
    ) -> Result<Outcome, Failure> {
        match self {
            Self::Here(check) => check(repository)?,
            Self::Cargo(arguments) => succeeded(repository.cargo().args(*arguments))?,
            Self::CargoForTheHouse(arguments) => {
                succeeded(repository.cargo().args(*arguments).args(HOUSE))?;
            }
            Self::Build => {
                made.programs = programs::all(repository, fast)?;
                made.product = Some(programs::product(repository)?);
            }
            Self::Servers => made.servers = Some(Servers::start(repository)?),
            Self::Tests => {
                let programs = made.programs.clone();
                let runs =
                    if fast { programs.into_iter().map(Run::of).collect() } else { engines::runs(programs)? };
                made.run(runs.into_iter(), console)?;
            }
            Self::Tools(check) => return check(repository),
            Self::ToolsWithTests(name, check) => {
                if made.programs.is_empty() {
                    made.programs = programs::all(repository, false)?;
                }
                let servers = match &made.servers {
                    Some(servers) => servers,
                    None => made.servers.insert(Servers::start(repository)?),
                };
                let program = made.programs.iter().find(|program| program.name == *name);
                let program =
                    program.ok_or_else(|| Failure::Broken(format!("no tests are called {name}")))?;
                return check(repository, servers, program.clone(), console);
            }
        }
        Ok(Outcome::Done)
    }
}

/// Installs it if missing.
fn schemathesis(repository: &Repository) -> Result<(), Failure> {
    let mut install = Command::new(repository.path("scripts/install-test-tools.sh"));
    let status = install.arg("schemathesis").status();
    let installed = status.map_err(|error| Failure::broken(spelled(&install), error))?.success();
    if installed { Ok(()) } else { Err(Failure::Command(spelled(&install))) }
}

fn succeeded(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| Failure::broken(spelled(command), error))?;
    if status.success() { Ok(()) } else { Err(Failure::Command(spelled(command))) }
}

/// Adds the name of the step; the findings stay unchanged.
fn named(step: &Step, failure: &Failure) -> Failure {
    Failure::broken(format_args!("step \"{}\"", step.name), format_args!("\n{failure}"))
}

#[expect(clippy::disallowed_methods, reason = "a step is measured for the person who waits for it")]
fn measured<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(repository: &Repository) -> Result<(), Failure> {
        repository.read("Cargo.toml").map(drop)
    }

    fn fails(_: &Repository) -> Result<(), Failure> {
        Err(Failure::Broken("no".to_owned()))
    }

    fn step(name: &'static str, slow: bool, check: fn(&Repository) -> Result<(), Failure>) -> Step {
        let fast = if slow { Fast::Nothing } else { Fast::Whole };
        Step { name, fast, check: Check::Here(check) }
    }

    fn outcome(steps: &[Step], fast: bool) -> (Result<(), Failure>, String) {
        let mut printed = Vec::new();
        let result =
            run(&Repository::here(), &mut Console(&mut printed), &steps.iter().collect::<Vec<_>>(), fast);
        (result, String::from_utf8(printed).unwrap())
    }

    #[test]
    fn the_first_failing_step_ends_the_run_and_is_named() {
        let steps = [step("one", false, passes), step("two", false, fails), step("three", false, passes)];
        let (result, printed) = outcome(&steps, false);
        assert!(result.unwrap_err().to_string().contains("step \"two\""));
        assert!(!printed.contains("== three"), "{printed}");
        assert!(printed.contains(&format!("{:<27} not reached", "three")), "{printed}");
    }

    #[test]
    fn a_step_that_is_not_there_does_not_pass() {
        let mut printed = Vec::new();
        let result = alone("machine cod", &Repository::here(), &mut Console(&mut printed));
        assert!(result.unwrap_err().to_string().contains("no step is called \"machine cod\""));
    }

    #[test]
    fn a_fast_run_names_what_it_left_out() {
        let steps = [step("quick", false, passes), step("thorough", true, fails)];
        let (result, printed) = outcome(&steps, true);
        result.unwrap();
        assert!(printed.contains(&format!("{:<27} left out (--fast)", "thorough")), "{printed}");
        assert!(outcome(&steps, false).0.is_err());
    }

    #[test]
    fn a_fast_run_says_what_it_had_of_a_step() {
        let parts = [Step { fast: Fast::Part("one half"), ..step("halves", false, passes) }];
        let printed = outcome(&parts, true).1;
        assert!(printed.contains(&format!("{:<27} ok ", "halves")), "{printed}");
        assert!(printed.contains(" s, one half (--fast)"), "{printed}");
        assert!(!outcome(&parts, false).1.contains("one half"));
    }

    #[test]
    fn what_was_not_run_is_said_last() {
        let steps = [
            Step {
                name: "web",
                fast: Fast::Nothing,
                check: Check::Tools(|_| Ok(Outcome::NotRun("no Node.js".to_owned()))),
            },
            step("last", false, passes),
        ];
        let (result, printed) = outcome(&steps, false);
        result.unwrap();
        assert!(printed.contains(&format!("{:<27} NOT RUN", "web")), "{printed}");
        assert!(printed.trim_end().ends_with("web: no Node.js"), "{printed}");
    }
}
