//! Every API test on MongoDB behind the runtime of the platform that `examples/vercel` is for: between a test's client and
//! the routes are the edge of the platform, the real runtime, and the file of that example.
//!
//! `tests/api/src/function/within.rs` asserts one `end` frame for each request, and reports the number of requests of
//! each test. A test that passes without one was not tested here, and is an error, unless [`left_out`] says why.

mod left_out;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use self::left_out::{LEFT_OUT, reason};
use crate::console::Console;
use crate::finding::Failure;
use crate::programs::{self, Program, Run};
use crate::repository::Repository;
use crate::servers::Servers;

/// Runs them.
pub(crate) fn run(repository: &Repository, console: &mut Console<'_>) -> Result<(), Failure> {
    let program = build(repository)?;
    let ignored: BTreeSet<String> = program.ignored()?.into_iter().collect();
    let all = program.by_module()?;
    let product = programs::product(repository)?;
    let servers = Servers::start(repository)?;
    let folder = tempfile::tempdir().map_err(|error| Failure::broken("making a folder", error))?;
    each_is_there(&all)?;
    let mut out = 0;
    let mut runs = Vec::new();
    let mut expected = Vec::new();
    for program in all {
        let (left, kept): (Vec<String>, Vec<String>) = program
            .tests()
            .iter()
            .filter(|test| !ignored.contains(*test))
            .cloned()
            .partition(|test| reason(test).is_some());
        out += left.len();
        if kept.is_empty() {
            continue;
        }
        let socket = folder.path().join(program.name.replace('/', "-"));
        let run =
            Run::of(program.only_tests(kept.clone())).on_mongodb().with(servers.variables.iter().cloned());
        let of_host = [
            ("PALISADE_TEST_BINARY", product.to_string_lossy().into_owned()),
            ("PALISADE_TEST_HOST", "vercel".to_owned()),
            ("VERCEL_DEV_PORT", "0".to_owned()),
            ("VERCEL_IPC_PATH", socket.to_string_lossy().into_owned()),
        ];
        runs.push(run.with(of_host.map(|(name, value)| (name.to_owned(), value))));
        expected.extend(kept);
    }
    programs::run(&runs, console)?;
    let requests = requests(folder.path())?;
    let passed_by: Vec<&str> =
        expected.iter().map(String::as_str).filter(|test| !requests.contains_key(*test)).collect();
    console.line(format_args!(
        "{} tests with {} requests, each with one `end` frame; {out} left out (xtask/src/vercel/left_out.rs); {} \
         run only by name, as always",
        expected.len() - passed_by.len(),
        requests.values().sum::<u64>(),
        ignored.len(),
    ));
    if passed_by.is_empty() {
        return Ok(());
    }
    Err(Failure::Broken(format!(
        "these tests sent nothing through the runtime, and no reason is listed:\n{}",
        passed_by.join("\n")
    )))
}

/// Builds the program of the API tests with the runtime, which turns on features of most libraries.
fn build(repository: &Repository) -> Result<Program, Failure> {
    let selection = ["--package", "palisade-api-tests", "--features", "vercel", "--test", "api"];
    let built = programs::build(repository, &selection)?;
    built.into_iter().next().ok_or_else(|| Failure::Broken("cargo built no API tests".to_owned()))
}

/// The requests of each test, as the tests reported them.
fn requests(folder: &Path) -> Result<BTreeMap<String, u64>, Failure> {
    let broken = |error: std::io::Error| Failure::broken("reading what the tests reported", error);
    let mut requests = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(broken)? {
        let path = entry.map_err(broken)?.path();
        if path.extension().is_none_or(|end| end != "ends") {
            continue;
        }
        for line in fs::read_to_string(path).map_err(broken)?.lines() {
            if let Some((test, count)) = line.split_once(' ') {
                *requests.entry(test.to_owned()).or_default() += count.parse().unwrap_or(0);
            }
        }
    }
    Ok(requests)
}

/// A list that names tests which no longer exist would hide that others took their place.
fn each_is_there(all: &[Program]) -> Result<(), Failure> {
    let tests = || all.iter().flat_map(Program::tests);
    let names = LEFT_OUT.iter().flat_map(|(_, names)| *names);
    match names.copied().find(|name| !tests().any(|test| left_out::is_named(name, test))) {
        Some(missing) => Err(Failure::Broken(format!("no test is called {missing}"))),
        None => Ok(()),
    }
}
