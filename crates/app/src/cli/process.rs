//! A process that serves: its configuration, its log and its runtime, which outlive everything else.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::Config;
use palisade_core::metrics::Metrics;
use palisade_core::utils::logger::{Logger, Sink, Stdout};
use palisade_modules::System;
use palisade_modules::auth::FirstAdmin;

use super::context::{Failure, Invocation, mistakes, runtime};
use super::start::Stop;

/// How long the end of a process waits for work that cannot be cancelled.
const LEFT_BEHIND: Duration = Duration::from_secs(1);
/// How long it waits for the reader of the log.
const LAST_LINES: Duration = Duration::from_secs(2);

/// What every part of a serving process works with.
#[derive(Debug)]
pub(crate) struct Process {
    pub(super) config: Config,
    /// The first super-admin, if the environment names one.
    pub(super) named: Option<FirstAdmin>,
    pub(super) system: System,
    pub(super) logger: Logger,
    pub(super) sink: Arc<Stdout>,
}

impl Process {
    /// Reads the environment, opens the log and serves until `serve` ends.
    pub(crate) fn serve(
        given: &Invocation<'_>,
        serve: impl AsyncFnOnce(&Self, Stop) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        // Before anything that takes a while: process 1 of a container does not end by a signal without a listener.
        let runtime = runtime()?;
        let stop = {
            let _entered = runtime.enter();
            Stop::listen()?
        };
        let process = Self::begin(given)?;
        let served = runtime.block_on(serve(&process, stop));
        // A system lookup, for example of a name, cannot be cancelled; nothing waits for it at the end.
        runtime.shutdown_timeout(LEFT_BEHIND);
        // Lines that are not written by then are lost: the process ends in the middle of the write.
        process.sink.finish(LAST_LINES);
        served
    }

    /// How long requests under way may take to finish at the end.
    pub(crate) fn drain_timeout(&self) -> Duration {
        self.config.server.drain_timeout.get()
    }

    fn begin(given: &Invocation<'_>) -> Result<Self, Failure> {
        let named = FirstAdmin::named_by(&given.load_read_only()?).map_err(|errors| mistakes(&errors))?;
        let config = given.load()?;
        let counted = if config.metrics.address.is_some() { Metrics::counting() } else { Metrics::default() };
        let system = System { metrics: counted, ..given.system() };
        let sink = Arc::new(Stdout::new()?);
        let at_terminal = std::io::stdout().is_terminal();
        let format = config.app.log_format(at_terminal);
        let log: Arc<dyn Sink> = sink.clone();
        let logger = Logger::new(config.app.log_level.clone(), format, log, Arc::clone(&system.clock))
            .in_color(at_terminal && !config.app.wants_no_color);
        logger.install()?;
        for warning in config.warnings() {
            tracing::warn!(warning, "the environment");
        }
        Ok(Self { config, named, system, logger, sink })
    }
}
