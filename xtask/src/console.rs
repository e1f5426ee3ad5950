//! The output for the person at the terminal.

use std::fmt::Display;
use std::io::Write;

/// The destination of lines: the terminal, or in tests a buffer.
pub(crate) struct Console<'a>(pub(crate) &'a mut dyn Write);

impl Console<'_> {
    /// Prints one line. A line that cannot be written (a closed pipe) does not stop the checks.
    pub(crate) fn line(&mut self, text: impl Display) {
        let _ = writeln!(self.0, "{text}").and_then(|()| self.0.flush());
    }
}
