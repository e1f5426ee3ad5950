//! The steps of `cargo xtask test`: their order, names and durations.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::console::Console;
use crate::finding::Failure;
use crate::outcome::{Outcome, command_line, succeeded};
use crate::programs::{self, Program, Run, SHARED_BUILD};
use crate::repository::Repository;
use crate::servers::Servers;
use crate::{engines, generate, links, machine_code, manifests, new_product, sources, web};

/// The variable with the path of the product for the tests that run it; without it each test asks cargo.
const BINARY: &str = "PALISADE_TEST_BINARY";
/// The same for the function of `examples/vercel`; its folder has the other examples too.
const FUNCTION: &str = "PALISADE_TEST_FUNCTION";

/// One step: a check with a name.
struct Step {
    name: &'static str,
    fast: Fast,
    check: Check,
}

/// How much of a step a fast run includes. The summary names what it leaves out.
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
    CargoWithSharedBuild(&'static [&'static str]),
    /// Builds every test program, for a fast run only those of the unit tests.
    Build,
    /// Runs every program that was built. API tests that use the store run a second time, on MongoDB.
    Tests,
    /// Starts the servers for the later tests.
    Servers,
    /// Checks the product that the built program writes.
    NewProduct,
    /// Needs tools besides the Rust toolchain.
    Tools(fn(&Repository) -> Result<Outcome, Failure>),
    /// The same, with the test servers.
    ToolsWithServers(fn(&Repository, &Servers) -> Result<Outcome, Failure>),
    /// The same, with the test servers and the test program of this name.
    ToolsWithTests(&'static str, WithServers),
}

/// A check that needs a test program and the servers.
type WithServers = fn(&Repository, &Servers, Program, &mut Console<'_>) -> Result<Outcome, Failure>;

/// The results of earlier steps that later ones need. Dropping it ends the servers.
#[derive(Default)]
struct Artifacts {
    servers: Option<Servers>,
    programs: Vec<Program>,
    product: Option<PathBuf>,
    function: Option<PathBuf>,
}

impl Artifacts {
    /// Runs test programs, which find the servers and the product in their environment.
    fn run(&self, runs: impl Iterator<Item = Run>, console: &mut Console<'_>) -> Result<(), Failure> {
        let runs: Vec<Run> = runs.map(|run| run.with(self.variables())).collect();
        programs::run(&runs, console)
    }

    /// The servers, which the first step that needs them starts.
    fn start_servers(&mut self, repository: &Repository) -> Result<&Servers, Failure> {
        Ok(match &mut self.servers {
            Some(servers) => servers,
            none => none.insert(Servers::start(repository)?),
        })
    }

    /// The variables for the tests.
    fn variables(&self) -> Vec<(String, String)> {
        let of_path = |name: &str, path: &PathBuf| (name.to_owned(), path.to_string_lossy().into_owned());
        let product = self.product.iter().map(|path| of_path(BINARY, path));
        let function = self.function.iter().map(|path| of_path(FUNCTION, path));
        let servers = self.servers.iter().flat_map(|servers| servers.variables.iter().cloned());
        servers.chain(product).chain(function).collect()
    }
}

const FORMAT_ELSEWHERE: &[&str] =
    &["fmt", "--all", "--check", "--manifest-path", "tests/elsewhere/Cargo.toml"];

/// The cheap steps come first. All tests are built together in the dev profile, so nothing is compiled twice. The
/// exceptions are the binary of the product, which tests run as shipped, without test features, and `palisade-bcrypt`,
/// whose machine code is checked in the release profile.
const STEPS: &[Step] = &[
    Step { name: "format", fast: Fast::Whole, check: Check::Cargo(&["fmt", "--all", "--check"]) },
    Step {
        name: "format of the examples",
        fast: Fast::Whole,
        check: Check::Cargo(&["fmt", "--all", "--check", "--manifest-path", "examples/Cargo.toml"]),
    },
    Step { name: "format elsewhere", fast: Fast::Whole, check: Check::Cargo(FORMAT_ELSEWHERE) },
    Step { name: "manifests", fast: Fast::Whole, check: Check::Here(manifests::check) },
    Step { name: "sources", fast: Fast::Whole, check: Check::Here(sources::check) },
    Step { name: "links", fast: Fast::Whole, check: Check::Here(links::check) },
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
    // After clippy, which reports compile errors better.
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
        check: Check::CargoWithSharedBuild(&["test", "--quiet", "--locked", "--doc"]),
    },
    Step { name: "a new product", fast: Fast::Nothing, check: Check::NewProduct },
    // Without its random number generator, for users who bring their own salts. The feature `otel` is in
    // the shared build, and not in the binary of the product.
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
    Step { name: "book", fast: Fast::Nothing, check: Check::Tools(web::book::check) },
    Step { name: "machine code of the lanes", fast: Fast::Nothing, check: Check::Tools(machine_code::check) },
    Step {
        name: "another Upstash",
        fast: Fast::Nothing,
        check: Check::ToolsWithTests("lib/limit_stores", web::upstash::check),
    },
    Step { name: "proxies", fast: Fast::Nothing, check: Check::Tools(web::proxies::check) },
    Step {
        name: "sign-in through providers",
        fast: Fast::Nothing,
        check: Check::ToolsWithServers(web::oauth::check),
    },
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
        return Err(Failure::Command(command_line(&status)));
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
    let mut artifacts = Artifacts::default();
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
        let (outcome, took) = measured(|| step.check.run(repository, &mut artifacts, fast, console));
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
        artifacts: &mut Artifacts,
        fast: bool,
        console: &mut Console<'_>,
    ) -> Result<Outcome, Failure> {
        match self {
            Self::Here(check) => check(repository)?,
            Self::Cargo(arguments) => succeeded(repository.cargo().args(*arguments))?,
            Self::CargoWithSharedBuild(arguments) => {
                succeeded(repository.cargo().args(*arguments).args(SHARED_BUILD))?;
            }
            Self::Build => {
                artifacts.programs = programs::all(repository, fast)?;
                artifacts.product = Some(programs::product(repository)?);
                if !fast {
                    // First: it leaves the example product with parts for tests, and the next build as shipped.
                    artifacts.programs.extend(programs::of_product(repository)?);
                    artifacts.function = Some(programs::function(repository)?);
                }
            }
            Self::Servers => artifacts.servers = Some(Servers::start(repository)?),
            Self::Tests => {
                let programs = artifacts.programs.clone();
                let runs =
                    if fast { programs.into_iter().map(Run::of).collect() } else { engines::runs(programs)? };
                artifacts.run(runs.into_iter(), console)?;
            }
            Self::NewProduct => {
                artifacts.start_servers(repository)?;
                let program = match &artifacts.product {
                    Some(program) => program.clone(),
                    None => programs::product(repository)?,
                };
                new_product::check(repository, &program, &artifacts.variables())?;
            }
            Self::Tools(check) => return check(repository),
            Self::ToolsWithServers(check) => return check(repository, artifacts.start_servers(repository)?),
            Self::ToolsWithTests(name, check) => {
                if artifacts.programs.is_empty() {
                    artifacts.programs = programs::all(repository, false)?;
                }
                let program = artifacts.programs.iter().find(|program| program.name == *name);
                let program =
                    program.ok_or_else(|| Failure::Broken(format!("no tests are called {name}")))?;
                let program = program.clone();
                return check(repository, artifacts.start_servers(repository)?, program, console);
            }
        }
        Ok(Outcome::Done)
    }
}

/// Installs schemathesis if it is missing.
fn schemathesis(repository: &Repository) -> Result<(), Failure> {
    succeeded(Command::new(repository.path("scripts/install-test-tools.sh")).arg("schemathesis"))
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
    fn an_unknown_step_does_not_pass() {
        let mut printed = Vec::new();
        let result = alone("machine cod", &Repository::here(), &mut Console(&mut printed));
        assert!(result.unwrap_err().to_string().contains("no step is called \"machine cod\""));
    }

    #[test]
    fn a_fast_run_names_skipped_steps() {
        let steps = [step("quick", false, passes), step("thorough", true, fails)];
        let (result, printed) = outcome(&steps, true);
        result.unwrap();
        assert!(printed.contains(&format!("{:<27} left out (--fast)", "thorough")), "{printed}");
        assert!(outcome(&steps, false).0.is_err());
    }

    #[test]
    fn a_fast_run_reports_partial_steps() {
        let parts = [Step { fast: Fast::Part("one half"), ..step("halves", false, passes) }];
        let printed = outcome(&parts, true).1;
        assert!(printed.contains(&format!("{:<27} ok ", "halves")), "{printed}");
        assert!(printed.contains(" s, one half (--fast)"), "{printed}");
        assert!(!outcome(&parts, false).1.contains("one half"));
    }

    #[test]
    fn skipped_steps_are_reported_last() {
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
