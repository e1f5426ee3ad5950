//! The destination of log lines.

use std::fmt;

use parking_lot::Mutex;

/// Accepts whole lines.
pub trait Sink: Send + Sync + fmt::Debug {
    /// Accepts one line; its newline is the last byte. Cannot fail and does not wait: a log that nobody reads must
    /// neither fail a request nor delay it.
    fn write_line(&self, line: &[u8]);

    /// Accepts one line that may be written a few milliseconds later, together with others. The default writes it
    /// at once.
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
