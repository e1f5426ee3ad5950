//! `cargo xtask bench`: builds the shipped program and the measuring one, then measures.
//!
//! Both are built in the release profile and in one go, without a feature: a release build refuses the features of
//! tests.

use crate::finding::Failure;
use crate::outcome::command_line;
use crate::repository::Repository;

/// Builds, and measures these parts, or all.
pub(crate) fn run(repository: &Repository, parts: &[String]) -> Result<(), Failure> {
    cargo(
        repository,
        &["build", "--locked", "--release", "--package", "palisade", "--package", "palisade-bench"],
    )?;
    let mut measure = vec![
        "run",
        "--quiet",
        "--locked",
        "--release",
        "--package",
        "palisade-bench",
        "--bin",
        "palisade-bench",
        "--",
    ];
    measure.extend(parts.iter().map(String::as_str));
    cargo(repository, &measure)
}

fn cargo(repository: &Repository, arguments: &[&str]) -> Result<(), Failure> {
    let mut command = repository.cargo();
    command.args(arguments);
    let status = command.status().map_err(|error| Failure::broken(command_line(&command), error))?;
    if status.success() { Ok(()) } else { Err(Failure::Command(command_line(&command))) }
}
