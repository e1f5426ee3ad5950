//! A progress bar: seeding a million users takes a while.

use std::io::{IsTerminal as _, Write as _};

const WIDTH: u64 = 40;

/// The progress, on the terminal; elsewhere a line for each tenth.
#[derive(Debug)]
pub(crate) struct Progress {
    what: String,
    total: u64,
    shown: u64,
}

impl Progress {
    pub(crate) fn new(what: String, total: u64) -> Self {
        Self { what, total: total.max(1), shown: 0 }
    }

    pub(crate) fn at(&mut self, done: u64) {
        let terminal = std::io::stderr().is_terminal();
        let steps = if terminal { WIDTH } else { 10 };
        let step = done * steps / self.total;
        if step == self.shown {
            return;
        }
        self.shown = step;
        let mut err = std::io::stderr().lock();
        // A failure to show the bar does not affect the measurement.
        let _ = if terminal {
            let full = usize::try_from(step).unwrap_or(0);
            let end = if done >= self.total { "\n" } else { "" };
            let rest = usize::try_from(WIDTH - step).unwrap_or(0);
            write!(
                err,
                "\r{} [{}{}] {done}/{}{end}",
                self.what,
                "#".repeat(full),
                " ".repeat(rest),
                self.total
            )
        } else {
            writeln!(err, "{} {done}/{}", self.what, self.total)
        };
    }
}
