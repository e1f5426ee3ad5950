//! The report of a check.

use std::fmt;
use std::io;
use std::path::Path;

/// One broken rule: the place, and the alternative.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// A file of the repository, with `/` between its parts.
    pub(crate) file: String,
    /// The line, from 1, for a rule about one line.
    pub(crate) line: Option<usize>,
    /// The rule, and the alternative.
    pub(crate) message: String,
}

impl Finding {
    /// About a file as a whole.
    pub(crate) fn file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, message: message.into() }
    }

    /// About one line.
    pub(crate) fn line(file: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: Some(line), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

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
