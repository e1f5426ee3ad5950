//! What a person at the terminal reads.

use std::fmt::Display;
use std::io::Write;

/// Where lines go: the terminal, or in tests a buffer.
pub(crate) struct Console<'a>(pub(crate) &'a mut dyn Write);

impl Console<'_> {
    /// Prints one line. A line that cannot be written (a closed pipe) is no reason to stop checking.
    pub(crate) fn line(&mut self, text: impl Display) {
        let _ = writeln!(self.0, "{text}").and_then(|()| self.0.flush());
    }
}
