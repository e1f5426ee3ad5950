//! Splits one test program into a run for each of its modules: they are linked once, and the tests of each module have
//! their own process.

use std::collections::BTreeMap;
use std::process::Command;

use super::Program;
use crate::finding::Failure;
use crate::outcome::command_line;

impl Program {
    /// The modules of this program, each as a program of its own: `api-tests/login` for the tests of `login` in
    /// `api-tests/api`.
    ///
    /// # Errors
    /// When the program does not list its tests, or has one outside of a module.
    pub(crate) fn by_module(&self) -> Result<Vec<Self>, Failure> {
        let package = self.name.split_once('/').map_or(self.name.as_str(), |(package, _)| package);
        let mut modules: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for test in self.list(&[])? {
            let Some((module, _)) = test.split_once("::") else {
                return Err(Failure::Broken(format!("{}: the test {test} is in no module", self.name)));
            };
            modules.entry(module.to_owned()).or_default().push(test);
        }
        let named = |(module, tests)| Self { name: format!("{package}/{module}"), tests, ..self.clone() };
        Ok(modules.into_iter().map(named).collect())
    }

    /// The paths of those tests of the program, whatever its module, that run only with `--ignored`.
    ///
    /// # Errors
    /// When the program does not list its tests.
    pub(crate) fn ignored(&self) -> Result<Vec<String>, Failure> {
        self.list(&["--ignored"])
    }

    fn list(&self, selection: &[&str]) -> Result<Vec<String>, Failure> {
        let mut command = Command::new(&self.path);
        command.args(["--list", "--format", "terse"]).args(selection).current_dir(&self.package);
        let output = command.output().map_err(|error| Failure::broken(command_line(&command), error))?;
        if !output.status.success() {
            return Err(Failure::Command(command_line(&command)));
        }
        let listed = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A program that lists these tests.
    fn listing(folder: &tempfile::TempDir, lines: &str) -> Program {
        let path = folder.path().join("program");
        std::fs::write(&path, format!("#!/bin/sh\ncat <<'END'\n{lines}\nEND\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        Program { path, ..Program::named("api-tests/api") }
    }

    #[test]
    fn each_module_runs_its_own_tests_and_those_of_its_submodules() {
        let folder = tempfile::tempdir().unwrap();
        let program = listing(
            &folder,
            "login::one: test\nmail::a: test\nlogin::parts::two: test\nlogin::no: benchmark",
        );
        let modules = program.by_module().unwrap();
        let parts: Vec<_> =
            modules.iter().map(|module| (module.name.as_str(), module.tests.join(" "))).collect();
        assert_eq!(
            parts,
            [
                ("api-tests/login", "login::one login::parts::two".to_owned()),
                ("api-tests/mail", "mail::a".to_owned())
            ]
        );
    }

    #[test]
    fn a_test_outside_of_modules_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = listing(&folder, "alone: test").by_module().unwrap_err().to_string();
        assert!(error.contains("alone"), "{error}");
    }
}
