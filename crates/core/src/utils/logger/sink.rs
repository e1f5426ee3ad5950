//! What takes the lines of the log.

use std::fmt;

use parking_lot::Mutex;

/// Takes whole lines.
pub trait Sink: Send + Sync + fmt::Debug {
    /// Takes one line; its newline is the last byte. Cannot fail and does not wait: a log that nobody takes must neither
    /// fail a request nor hold it up.
    fn write_line(&self, line: &[u8]);

    /// Takes one line that may be written a few milliseconds later, together with others. By default none is.
    fn leave_line(&self, line: &[u8]) {
        self.write_line(line);
    }
}

/// Keeps lines in memory, for tests.
#[derive(Debug, Default)]
pub struct Captured(Mutex<Vec<Vec<u8>>>);

impl Captured {
    /// All writes so far, one entry each.
    pub fn writes(&self) -> Vec<Vec<u8>> {
        self.0.lock().clone()
    }
}

impl Sink for Captured {
    fn write_line(&self, line: &[u8]) {
        self.0.lock().push(line.to_vec());
    }
}
