//! Shows the warnings of the servers in this process: an answer does not contain the cause of an error.

use std::sync::{Arc, OnceLock};

use palisade_core::ports::SystemClock;
use palisade_core::utils::logger::{Captured, LogFormat, LogLevel, Logger};

/// The maximum number of lines that are shown, the last ones.
const MOST: usize = 100;

static LINES: OnceLock<Arc<Captured>> = OnceLock::new();

/// Records warnings from now on, and shows panics: most tests have no server in this process that would.
#[expect(clippy::print_stderr, reason = "what a failing test says goes there")]
pub(crate) fn write_down() {
    LINES.get_or_init(|| {
        let lines = Arc::new(Captured::default());
        let level = LogLevel::parse("warn").unwrap();
        let logger =
            Logger::new(level, LogFormat::Json, Arc::clone(&lines) as _, Arc::new(SystemClock::new()));
        logger.install().unwrap();
        let log = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            eprintln!("{panic}");
            log(panic);
        }));
        lines
    });
}

/// Shows the warnings, including those of concurrent tests: the request ids distinguish them.
#[expect(clippy::print_stderr, reason = "what a failing test says goes there")]
pub(crate) fn show() {
    let lines = LINES.get().map(|lines| lines.writes()).unwrap_or_default();
    let last = lines.get(lines.len().saturating_sub(MOST)..).unwrap_or_default();
    eprintln!("What the servers here warned of:\n{}", String::from_utf8_lossy(&last.concat()));
}
