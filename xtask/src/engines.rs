//! Which API tests run on both engines of the store. Each module of the test program is in one of the two lists.

use crate::finding::Failure;
use crate::programs::{Program, Run};

/// Modules that run a second time, on MongoDB.
const ON_BOTH: &[&str] = &[
    "able",
    "account_deletions",
    "administration",
    "api_keys",
    "attempts",
    "audit",
    "authority",
    "backup",
    "bad_bodies",
    "bad_fields",
    "bad_lists",
    "browsers",
    "clocks",
    "clocks_apart",
    "contract",
    "coverage",
    "credentials",
    "cron",
    "devices",
    "email_changes",
    "first_admin",
    "foreign_headers",
    "guessing",
    "http",
    "idempotency",
    "impersonation",
    "invitations",
    "languages",
    "limits",
    "listening",
    "login",
    "mail",
    "mail_addresses",
    "mail_budgets",
    "managing",
    "missing",
    "notes",
    "notes_of_people",
    "oauth",
    "pages",
    "passwords",
    "people",
    "refresh",
    "registration",
    "repeated",
    "revocation",
    "secrets",
    "setup",
    "slow",
    "storm",
    "tokens",
    "tour",
    "uniform",
    "webhooks",
];

/// The tests of the example product, a program of another workspace, which runs a second time too.
const PRODUCT: &str = "notes-example/notes";

/// Modules that start their own servers, including MongoDB where it matters, or that do not use a store: a second
/// run would repeat the first.
#[cfg(test)]
const ONCE: &[&str] = &[
    "addresses",
    "by_hand",
    "clocks_long",
    "command_line",
    "connecting",
    "crash",
    "database",
    "deploy",
    "described",
    "early_answers",
    "every_setting",
    "failover",
    "front",
    "hosted",
    "installing",
    "log_reader",
    "metrics",
    "new_product",
    "notes_crash",
    "notes_program",
    "operation",
    "outage",
    "provider_settings",
    "readme",
    "signed_bodies",
    "starting",
    "stopping",
    "strangers",
    "traces",
    "trust",
    "vercel",
    "without_socket",
];

/// Files of the program that contain no tests.
#[cfg(test)]
const NO_TESTS: [&str; 2] = ["load", "main"];

/// The runs of these programs.
///
/// # Errors
/// When a module for both engines does not exist: it would silently run on neither.
pub(crate) fn runs(programs: Vec<Program>) -> Result<Vec<Run>, Failure> {
    let on_both_engines = |program: &Program| {
        if program.name == PRODUCT {
            return Some(PRODUCT);
        }
        let name = program.name.strip_prefix("api-tests/")?;
        ON_BOTH.iter().find(|on_both| **on_both == name).copied()
    };
    let found: Vec<&str> = programs.iter().filter_map(on_both_engines).collect();
    if let Some(missing) = ON_BOTH.iter().find(|name| !found.contains(name)) {
        return Err(Failure::Broken(format!("no tests are called api-tests/{missing}")));
    }
    if !found.contains(&PRODUCT) {
        return Err(Failure::Broken(format!("no tests are called {PRODUCT}")));
    }
    let both = |program: Program| {
        let again = on_both_engines(&program).map(|_| Run::of(program.clone()).on_mongodb());
        again.into_iter().chain([Run::of(program)])
    };
    Ok(programs.into_iter().flat_map(both).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::Repository;

    #[test]
    fn a_missing_module_for_both_engines_is_an_error() {
        let programs = |names: &[&str]| {
            let of_the_interface = names.iter().map(|name| Program::named(&format!("api-tests/{name}")));
            of_the_interface.collect::<Vec<_>>()
        };
        let all = [programs(&[ON_BOTH, &["crash"]].concat()), vec![Program::named(PRODUCT)]].concat();
        assert_eq!(runs(all.clone()).unwrap().len(), 2 * (ON_BOTH.len() + 1) + 1);
        for (missing, name) in [(0, format!("api-tests/{}", ON_BOTH[0])), (all.len() - 1, PRODUCT.to_owned())]
        {
            let mut others = all.clone();
            others.remove(missing);
            let error = runs(others).unwrap_err().to_string();
            assert!(error.contains(&name), "{error}");
        }
    }

    /// The names of the Rust files in a folder.
    fn files(folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(Repository::here().path(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let files = paths.filter(|path| path.extension().is_some_and(|end| end == "rs"));
        let mut names: Vec<String> =
            files.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn each_test_on_both_engines_runs_on_both_engines_or_is_known_to_need_only_one_run() {
        let mut tests = files("tests/api/tests/api");
        tests.retain(|name| !NO_TESTS.contains(&name.as_str()));
        let mut listed: Vec<&str> = ON_BOTH.iter().chain(ONCE).copied().collect();
        listed.sort_unstable();
        assert_eq!(tests, listed);
    }

    #[test]
    fn every_file_of_tests_is_declared() {
        let mut tests = files("tests/api/tests/api");
        tests.retain(|name| name != "main");
        let program = Repository::here().read("tests/api/tests/api/main.rs").unwrap();
        let declared = program.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
        assert_eq!(tests, declared.collect::<Vec<_>>());
        assert_eq!(
            files("tests/api/tests"),
            [""; 0],
            "a program of its own, whose modules nobody runs apart"
        );
    }
}
