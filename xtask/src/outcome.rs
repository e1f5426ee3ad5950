//! The outcome of a step, and the text of its commands.

use std::process::Command;

use crate::finding::Failure;

/// The outcome of a step that did not fail.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Everything was checked.
    Done,
    /// Something was not checked, with the reason. Never silent: the summary ends with it.
    NotRun(String),
}

/// The command as a person would type it.
pub(crate) fn command_line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(name.into()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Runs a command, which prints by itself.
pub(crate) fn succeeded(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| Failure::broken(command_line(command), error))?;
    if status.success() { Ok(()) } else { Err(Failure::Command(command_line(command))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::Repository;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Repository::here().cargo();
        command.args(["test", "--doc"]);
        assert_eq!(command_line(&command), "cargo test --doc");
    }
}
