//! The progress of long work: one line that is redrawn on a terminal, a line now and then anywhere else.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use palisade_core::ports::{Clock as _, SystemClock};
use palisade_modules::deployment::types::Progress;

/// The time between two redraws on a terminal.
const REDRAWN_EVERY: Duration = Duration::from_millis(100);
/// The time between two lines in a log.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// Draws on standard error: standard output is for the result of a command.
#[derive(Debug)]
pub(super) struct Meter {
    clock: SystemClock,
    terminal: bool,
    /// The current task, and its start.
    task: Option<(&'static str, &'static str, Duration)>,
    drawn_at: Duration,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self {
            clock: SystemClock::new(),
            terminal: io::stderr().is_terminal(),
            task: None,
            drawn_at: Duration::ZERO,
        }
    }

    pub(super) fn show(&mut self, progress: Progress) {
        let now = self.clock.monotonic();
        let Progress { doing, collection, done, total } = progress;
        let began = match self.task {
            Some((same, here, began)) if same == doing && here == collection => began,
            _ => {
                self.task = Some((doing, collection, now));
                self.drawn_at = now;
                now
            }
        };
        let pause = if self.terminal { REDRAWN_EVERY } else { SAID_EVERY };
        let finished = done >= total;
        if now.saturating_sub(self.drawn_at) < pause && !(self.terminal && finished) {
            return;
        }
        self.drawn_at = now;
        let line = line(doing, collection, done, total, now.saturating_sub(began));
        let (start, end) = if self.terminal { ("\r\x1b[2K", "") } else { ("", "\n") };
        // A missing reader is no reason to stop.
        let mut out = io::stderr().lock();
        let _ = write!(out, "{start}{line}{end}").and_then(|()| out.flush());
    }

    /// Ends the line before other output.
    pub(super) fn finish(self) {
        if self.terminal && self.task.is_some() {
            let _ = write!(io::stderr().lock(), "\r\x1b[2K");
        }
    }
}

/// `copying sessions: 1200 of 5000 (24%), 400/s, 9s left`
fn line(doing: &str, collection: &str, done: u64, total: u64, taken: Duration) -> String {
    let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
    let start = format!("{doing} {collection}: {done} of {total} ({percent}%)");
    let millis = u64::try_from(taken.as_millis()).unwrap_or(u64::MAX);
    let Some(rate) = done.saturating_mul(1000).checked_div(millis).filter(|rate| *rate > 0) else {
        return start;
    };
    let left = total.saturating_sub(done).div_ceil(rate);
    format!("{start}, {rate}/s, {} left", span(left))
}

fn span(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_much_how_fast_and_how_long_still() {
        let after = Duration::from_secs;
        for (done, total, taken, said) in [
            (0, 5000, 0, "copying users: 0 of 5000 (0%)"),
            (1200, 5000, 3, "copying users: 1200 of 5000 (24%), 400/s, 10s left"),
            (5000, 5000, 10, "copying users: 5000 of 5000 (100%), 500/s, 0s left"),
            (0, 0, 1, "copying users: 0 of 0 (100%)"),
            (100, 100_000, 1, "copying users: 100 of 100000 (0%), 100/s, 16m 39s left"),
            (100, 1_000_000, 1, "copying users: 100 of 1000000 (0%), 100/s, 2h 46m left"),
        ] {
            assert_eq!(line("copying", "users", done, total, after(taken)), said);
        }
    }
}
