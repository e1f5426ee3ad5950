//! Logs: one JSON object a line, on stdout. Nothing else in the house writes there.
//!
//! No personal data may enter but ids and the client's address, and no secret at all.

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

/// What is logged: `info`, or directives as `tracing_subscriber::EnvFilter` reads them.
#[derive(Clone, PartialEq, Eq)]
pub struct LogLevel(String);

impl LogLevel {
    /// Reads directives.
    ///
    /// # Errors
    /// What is wrong with them, as the end of a sentence.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        // A bare word that is no level would be read as the name of a target: `inf` would silence everything else.
        let known =
            |word: &str| word.contains('=') || (!word.is_empty() && LevelFilter::from_str(word).is_ok());
        if !text.contains('[') && !text.split(',').all(|word| known(word.trim())) {
            return Err("names no level");
        }
        EnvFilter::builder().parse(text).map_err(|_| "is no list of directives")?;
        Ok(Self(text.to_owned()))
    }

    /// The directives as they were given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn filter(&self) -> EnvFilter {
        // `parse` has read the same text, so nothing is lost here.
        EnvFilter::builder().parse_lossy(&self.0)
    }

    /// Whether lines of a target are wanted on a level.
    fn admits(&self, target: &str, level: tracing::Level) -> bool {
        match Targets::from_str(&self.0) {
            Ok(targets) => targets.would_enable(target, &level),
            // Directives about spans are beyond `Targets`; then the most verbose of them decides.
            Err(_) => self.filter().max_level_hint().is_none_or(|hint| hint >= level),
        }
    }

    /// Whether it asks for more than `info` anywhere.
    pub fn is_verbose(&self) -> bool {
        self.filter().max_level_hint().is_none_or(|hint| hint > LevelFilter::INFO)
    }
}

impl fmt::Debug for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogLevel({})", self.0)
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a person at a terminal. Development only.
    Pretty,
}

/// Where both kinds of lines go, and how they look.
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
    /// A logger to a sink. Nothing is logged before [`install`](Self::install), except access lines.
    pub fn new(level: LogLevel, format: LogFormat, sink: Arc<dyn Sink>, clock: Arc<dyn Clock>) -> Self {
        let look = match format {
            LogFormat::Json => Look::Json,
            LogFormat::Pretty => Look::Pretty(Paint(false)),
        };
        Self { level, look, sink, clock }
    }

    /// The same in color, where the format is for a person: whoever asks knows that a terminal shows it.
    #[must_use]
    pub fn in_color(mut self, colors: bool) -> Self {
        if let Look::Pretty(paint) = &mut self.look {
            *paint = Paint(colors);
        }
        self
    }

    /// What `tracing` of the whole program goes to, and the words of its panics.
    ///
    /// # Errors
    /// When the program has one already.
    pub fn install(&self) -> Result<(), AlreadyInstalled> {
        tracing::subscriber::set_global_default(self.subscriber()).map_err(|_| AlreadyInstalled)?;
        // By default a panic writes to standard error and waits for its reader: one that stopped would stop every thread
        // that panics after it.
        std::panic::set_hook(Box::new(|panic| {
            let at = panic.location().map(ToString::to_string);
            let text = panic.payload_as_str().unwrap_or("a panic without a message");
            tracing::error!(target: "panic", at, "{text}");
        }));
        Ok(())
    }

    /// What [`install`](Self::install) installs, for a test that wants it on one thread only.
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
