//! The report of a check.

use std::fmt;
use std::io;
use std::path::Path;

pub(crate) use palisade_house::Finding;

/// Why a task failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Rules are broken.
    Findings(Vec<Finding>),
    /// A command failed; its own output has been shown.
    Command(String),
    /// The check could not be made.
    Broken(String),
}

impl Failure {
    /// The check could not be made: `doing` names the failed action.
    pub(crate) fn broken(doing: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::Broken(format!("{doing}: {error}"))
    }

    /// A file could not be read or written.
    pub(crate) fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::broken(format!("{doing} {}", path.display()), error)
    }

    /// Success if there is nothing to report.
    pub(crate) fn unless_empty(mut findings: Vec<Finding>) -> Result<(), Self> {
        if findings.is_empty() {
            return Ok(());
        }
        findings.sort();
        Err(Self::Findings(findings))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Findings(findings) => {
                for finding in findings {
                    writeln!(f, "{finding}")?;
                }
                write!(f, "{} broken rule(s)", findings.len())
            }
            Self::Command(command) => write!(f, "failed: {command}"),
            Self::Broken(text) => f.write_str(text),
        }
    }
}
