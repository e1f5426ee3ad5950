//! What a person at the terminal reads.

use std::fmt::Display;
use std::io::Write;

use crate::finding::Failure;

/// The terminal. A line that cannot be written (a closed pipe) is no reason to stop checking.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console;

impl Console {
    /// Prints one line.
    pub(crate) fn line(self, text: impl Display) {
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// Prints what went wrong.
    pub(crate) fn failure(self, failure: &Failure) {
        let _ = std::io::stdout().flush();
        let _ = writeln!(std::io::stderr().lock(), "\n{failure}");
    }
}
