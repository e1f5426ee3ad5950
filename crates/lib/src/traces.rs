//! Traces: spans of requests, sent to a collector of OpenTelemetry as OTLP over HTTP. Only with the feature `otel`.
//!
//! Requests put their spans into a queue and go on; a task sends what is in it. A collector that is away costs spans, which are
//! counted, and never a request.

mod encode;
mod post;
mod queue;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::TracesConfig;
use palisade_core::errors::with_causes;
use palisade_core::traces::Traces;

use encode::Resource;
use post::{Collector, PostError};
use queue::{Batch, Queue};

pub use post::ExporterOpenError;
pub use queue::SpanTally;

/// How long spans wait for others, unless there are enough of them: the default of OpenTelemetry.
const SEND_EVERY: Duration = Duration::from_secs(5);
/// The pauses before a batch is sent again; after the last one it is dropped.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// How long the end of the process waits for the collector.
const LAST_SPANS: Duration = Duration::from_secs(2);

/// Sends spans. Clones share the queue.
#[derive(Clone, Debug)]
pub struct Exporter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    queue: Arc<Queue>,
    collector: Collector,
    resource: Resource,
}

impl Exporter {
    /// An exporter to the configured collector; `None` without one. Connects to nothing yet.
    ///
    /// # Errors
    /// When this machine has no trusted certificates.
    pub fn open(config: &TracesConfig) -> Result<Option<Self>, ExporterOpenError> {
        let Some(url) = &config.collector else { return Ok(None) };
        let collector = Collector::new(url.for_traces())?;
        let resource = Resource::named(config.service.as_str());
        Ok(Some(Self(Arc::new(Inner { queue: Arc::default(), collector, resource }))))
    }

    /// Where requests hand over their spans.
    pub fn traces(&self) -> Traces {
        Traces::to(Arc::clone(&self.0.queue) as _)
    }

    /// What became of the spans so far.
    pub fn tally(&self) -> SpanTally {
        self.0.queue.tally()
    }

    /// Sends spans until `stop` resolves, and then those that are left.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Inner { queue, .. } = &*self.0;
        let sending = async {
            loop {
                // Either is enough.
                let _ = tokio::time::timeout(SEND_EVERY, queue.is_full_enough()).await;
                while let Some(batch) = queue.next_batch() {
                    self.send(batch).await;
                }
            }
        };
        tokio::select! {
            () = sending => {}
            () = stop => {}
        }
        let last = async {
            while let Some(batch) = queue.next_batch() {
                match self.attempt(&batch).await {
                    Ok(rejected) => batch.arrive(rejected),
                    Err(error) => lose(batch, &error),
                }
            }
        };
        if tokio::time::timeout(LAST_SPANS, last).await.is_err() {
            // Not as a field: those are computed only if somebody reads the line.
            let spans = queue.give_up();
            tracing::warn!(spans, "the collector did not take the last spans in time");
        }
    }

    /// Sends a batch, several times if need be. A batch whose sending is interrupted goes back into the queue.
    async fn send(&self, batch: Batch<'_>) {
        let mut pauses = PAUSES.into_iter();
        loop {
            let error = match self.attempt(&batch).await {
                Ok(rejected) => return batch.arrive(rejected),
                Err(error) => error,
            };
            let pause = pauses.next().filter(|_| error.may_pass());
            let Some(pause) = pause else { return lose(batch, &error) };
            tracing::debug!(error = with_causes(&error), "the collector did not take spans");
            tokio::time::sleep(pause.max(error.pause())).await;
        }
    }

    /// Returns the number of spans that the collector rejected.
    async fn attempt(&self, batch: &Batch<'_>) -> Result<u64, PostError> {
        self.0.collector.post(encode::request(&self.0.resource, batch.spans())).await
    }
}

fn lose(batch: Batch<'_>, error: &PostError) {
    tracing::warn!(error = with_causes(error), spans = batch.spans().len(), "dropped spans");
    batch.fail();
}
