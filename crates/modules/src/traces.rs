//! Traces, if this program was built with the feature `otel`.

use palisade_core::config::{Config, Mistake};
use palisade_core::traces::Traces;
#[cfg(feature = "otel")]
pub(crate) use palisade_lib::traces::SpanTally;
#[cfg(feature = "otel")]
use palisade_lib::traces::{Exporter, ExporterOpenError};
#[cfg(not(feature = "otel"))]
pub(crate) use without::SpanTally;
#[cfg(not(feature = "otel"))]
use without::{Exporter, ExporterOpenError};

/// Why there are no traces, although a collector is configured.
pub(crate) type OpenError = ExporterOpenError;

/// Refuses a collector that this program cannot send to: an operator would notice too late that nothing arrives.
pub(crate) fn judge(config: &Config) -> Result<(), Mistake> {
    let variable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    if cfg!(not(feature = "otel")) && config.traces.collector.is_some() {
        let problem = "needs a program that was built with the feature `otel`";
        return Err(Mistake {
            variable: variable.to_owned(),
            problem: problem.into(),
            expected: "no value".into(),
        });
    }
    Ok(())
}

/// What sends the spans of requests; nothing without a collector.
#[derive(Clone, Debug)]
pub(crate) struct Export(Option<Exporter>);

impl Export {
    pub(crate) fn open(config: &Config) -> Result<Self, OpenError> {
        Exporter::open(&config.traces).map(Self)
    }

    /// Where requests hand over their spans.
    pub(crate) fn traces(&self) -> Traces {
        self.0.as_ref().map(Exporter::traces).unwrap_or_default()
    }

    /// Sends spans until `stop` resolves, and then those that are left.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) {
        if let Some(exporter) = self.0 {
            exporter.run(stop).await;
        }
    }

    /// What became of the spans so far; `None` without a collector.
    pub(crate) fn tally(&self) -> Option<SpanTally> {
        self.0.as_ref().map(Exporter::tally)
    }
}

/// The same without the feature: there is no exporter, and none can be made.
#[cfg(not(feature = "otel"))]
mod without {
    use palisade_core::config::TracesConfig;
    use palisade_core::traces::Traces;

    #[derive(Clone, Debug)]
    pub(crate) enum Exporter {}

    /// Nothing can go wrong.
    #[derive(Debug, thiserror::Error)]
    pub enum ExporterOpenError {}

    pub(crate) struct SpanTally {
        pub(crate) sent: u64,
        pub(crate) rejected: u64,
        pub(crate) failed: u64,
        pub(crate) overflowed: u64,
    }

    impl Exporter {
        #[expect(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
        pub(super) fn open(_config: &TracesConfig) -> Result<Option<Self>, ExporterOpenError> {
            Ok(None)
        }

        pub(super) fn traces(&self) -> Traces {
            match *self {}
        }

        pub(super) fn tally(&self) -> SpanTally {
            match *self {}
        }

        #[expect(clippy::unused_async, reason = "the export that is built awaits")]
        pub(super) async fn run(self, _stop: impl Future<Output = ()>) {
            match self {}
        }
    }
}
