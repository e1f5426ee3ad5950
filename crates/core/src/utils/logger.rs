//! Logs: one JSON object a line, on stdout. Nothing else in Palisade writes there.
//!
//! Logs contain no personal data except ids and the client's address, and no secret at all.

mod access;
mod access_line;
mod event;
mod line;
mod look;
mod pretty;
mod sink;
mod stdout;

use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use crate::system::Clock;

pub use access::AccessLog;
pub use access_line::AccessLine;
pub use sink::{Captured, Sink};
pub use stdout::Stdout;

use look::Look;
use pretty::Paint;

/// The log level: `info`, or directives that `tracing_subscriber::EnvFilter` reads.
#[derive(Clone, PartialEq, Eq)]
pub struct LogLevel(String);

impl LogLevel {
    /// Parses directives.
    ///
    /// # Errors
    /// The mistake, as the end of a sentence.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        // A bare word that is not a level would be read as the name of a target: `inf` would silence everything
        // else.
        let known =
            |word: &str| word.contains('=') || (!word.is_empty() && LevelFilter::from_str(word).is_ok());
        if !text.contains('[') && !text.split(',').all(|word| known(word.trim())) {
            return Err("names no known level");
        }
        EnvFilter::builder().parse(text).map_err(|_| "is not a list of directives")?;
        Ok(Self(text.to_owned()))
    }

    /// The directives as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn filter(&self) -> EnvFilter {
        // `parse` has accepted the same text, so nothing is lost here.
        EnvFilter::builder().parse_lossy(&self.0)
    }

    /// Whether lines of a target are enabled on a level.
    fn admits(&self, target: &str, level: tracing::Level) -> bool {
        match Targets::from_str(&self.0) {
            Ok(targets) => targets.would_enable(target, &level),
            // `Targets` does not know directives about spans; then the most verbose of them decides.
            Err(_) => self.filter().max_level_hint().is_none_or(|hint| hint >= level),
        }
    }

    /// Whether it enables more than `info` anywhere.
    pub fn is_verbose(&self) -> bool {
        self.filter().max_level_hint().is_none_or(|hint| hint > LevelFilter::INFO)
    }
}

impl fmt::Debug for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogLevel({})", self.0)
    }
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a person at a terminal. Development only.
    Pretty,
}

/// The sink of both kinds of lines, and their format.
#[derive(Clone, Debug)]
pub struct Logger {
    level: LogLevel,
    look: Look,
    sink: Arc<dyn Sink>,
    clock: Arc<dyn Clock>,
}

/// The program already has a logger.
#[derive(Debug, thiserror::Error)]
#[error("installing the logger: another one is in place")]
pub struct AlreadyInstalled;

impl Logger {
    /// A logger to a sink. Nothing except access lines is logged before [`install`](Self::install).
    pub fn new(level: LogLevel, format: LogFormat, sink: Arc<dyn Sink>, clock: Arc<dyn Clock>) -> Self {
        let look = match format {
            LogFormat::Json => Look::Json,
            LogFormat::Pretty => Look::Pretty(Paint(false)),
        };
        Self { level, look, sink, clock }
    }

    /// The same in color, if the format is for people: the caller knows that a terminal shows it.
    #[must_use]
    pub fn in_color(mut self, colors: bool) -> Self {
        if let Look::Pretty(paint) = &mut self.look {
            *paint = Paint(colors);
        }
        self
    }

    /// Installs the logger for `tracing` of the whole program and for its panics.
    ///
    /// # Errors
    /// When the program has one already.
    pub fn install(&self) -> Result<(), AlreadyInstalled> {
        tracing::subscriber::set_global_default(self.subscriber()).map_err(|_| AlreadyInstalled)?;
        // By default a panic writes to standard error and waits for its reader: a reader that stopped would stop
        // every thread that panics after it.
        std::panic::set_hook(Box::new(|panic| {
            let at = panic.location().map(ToString::to_string);
            let text = panic.payload_as_str().unwrap_or("a panic without a message");
            tracing::error!(target: "panic", at, "{text}");
        }));
        Ok(())
    }

    /// The subscriber that [`install`](Self::install) installs, for a test that needs it on one thread only.
    pub fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + 'static {
        let lines = event::EventLines::new(self.look, Arc::clone(&self.sink), Arc::clone(&self.clock));
        tracing_subscriber::registry().with(lines.with_filter(self.level.filter()))
    }

    /// The writer of access lines. `LOG_LEVEL` governs it under the target `access` on the level `info`.
    pub fn access_log(&self) -> AccessLog {
        let enabled = self.level.admits(access::TARGET, tracing::Level::INFO);
        AccessLog::new(self.look, Arc::clone(&self.sink), enabled)
    }
}

#[cfg(test)]
mod tests;
