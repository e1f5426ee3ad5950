//! The state of queues and of the store, for whoever asks for the metrics.

use std::sync::Arc;

use palisade_core::metrics::{MetricSource, Reading, ReadingValue};
use palisade_core::ports::BoxFuture;
use palisade_core::utils::crypto::password::HashingQueue;
use palisade_lib::store::{Calls, Store, Timing};

use crate::auth::Revocations;
use crate::limiter::Limiter;
use crate::mail;
use crate::own_jobs::OwnJobs;
use crate::traces::{Export, SpanTally};
use crate::webhook;

/// Everything whose state is read.
#[derive(Debug)]
pub(super) struct Readings {
    pub(super) hashing: HashingQueue,
    pub(super) revocations: Arc<Revocations>,
    pub(super) mails: mail::Service,
    pub(super) webhooks: webhook::Service,
    pub(super) store: Store,
    pub(super) limiter: Limiter,
    pub(super) export: Export,
    pub(super) jobs: OwnJobs,
}

fn gauge(name: &'static str, help: &'static str, value: f64) -> Reading {
    Reading { name, help, labels: Vec::new(), value: ReadingValue::Gauge(value) }
}

#[expect(clippy::cast_precision_loss, reason = "the format has no other numbers")]
fn number(count: u64) -> f64 {
    count as f64
}

impl MetricSource for Readings {
    fn read(&self) -> BoxFuture<'_, Vec<Reading>> {
        Box::pin(async move {
            let waiting = self.hashing.waiting();
            let mut readings = vec![gauge(
                "palisade_hashing_queue",
                "Passwords that wait for a thread that hashes",
                number(u64::try_from(waiting).unwrap_or(u64::MAX)),
            )];
            if let Some(age) = self.revocations.age() {
                let help = "Since the revocations were last read; past 5 requests are held up or refused";
                readings.push(gauge("palisade_revocations_age_seconds", help, age.as_secs_f64()));
            }
            readings.extend(self.outbox().await);
            readings.extend(self.receivers().await);
            readings.extend(calls(&self.store.calls()));
            readings.extend(self.store.timings().into_iter().map(timed));
            readings.extend(self.jobs.tally().into_iter().map(run));
            readings.extend(self.export.tally().map(spans).into_iter().flatten());
            if let Limiter::Shared(fallback) = &self.limiter {
                let state = fallback.state();
                let help = "Whether the store of limits is down, so that this process counts alone";
                readings.push(gauge("palisade_limit_store_down", help, f64::from(u8::from(state.away))));
            }
            readings
        })
    }
}

impl Readings {
    async fn receivers(&self) -> Vec<Reading> {
        let tried = self.webhooks.tally().into_iter().map(|(outcome, count)| Reading {
            name: "palisade_webhook_attempts",
            help: "Attempts of this process to deliver events, by outcome",
            labels: vec![("outcome", outcome)],
            value: ReadingValue::Counter(number(count)),
        });
        let mut readings: Vec<Reading> = tried.collect();
        match self.webhooks.failing().await {
            Ok(failing) => {
                let help = "Webhooks whose receiver cannot be reached, so that events wait";
                readings.push(gauge("palisade_webhooks_failing", help, number(failing)));
            }
            Err(error) => tracing::warn!(%error, "the webhooks cannot be read for the metrics"),
        }
        readings
    }

    async fn outbox(&self) -> Vec<Reading> {
        let tally = self.mails.tally();
        let outcomes = [
            ("sent", tally.sent),
            ("dropped", tally.dropped),
            ("postponed", tally.postponed),
            ("held", tally.held),
            ("failed", tally.failed),
        ];
        let counted = outcomes.into_iter().map(|(outcome, count)| Reading {
            name: "palisade_mails",
            help: "Mails that this process has worked on, by outcome",
            labels: vec![("outcome", outcome)],
            value: ReadingValue::Counter(number(count)),
        });
        let mut readings: Vec<Reading> = counted.collect();
        match self.mails.backlog().await {
            Ok(backlog) => {
                let help = "How long the oldest mail waits that could be sent; 0 without one";
                let oldest = backlog.oldest.as_secs_f64();
                readings.push(gauge("palisade_outbox_oldest_seconds", help, oldest));
                let help = "Mails that were given up and are still kept; 100 means 100 or more";
                readings.push(gauge("palisade_outbox_given_up", help, number(backlog.given_up)));
            }
            Err(error) => tracing::warn!(%error, "the outbox cannot be read for the metrics"),
        }
        readings
    }
}

/// Calls of the store by collection. The names are those of declared collections.
fn calls(calls: &Calls) -> Vec<Reading> {
    let of = |name, labels, value| Reading {
        name,
        help: "Calls of the store by this process, by collection",
        labels,
        value: ReadingValue::Counter(number(value)),
    };
    let mut readings = Vec::new();
    for (collection, count) in calls.iter() {
        readings.push(of(
            "palisade_store_calls",
            vec![("collection", collection), ("kind", "read")],
            count.reads,
        ));
        readings.push(of(
            "palisade_store_calls",
            vec![("collection", collection), ("kind", "write")],
            count.writes,
        ));
    }
    readings
}

fn run((job, outcome, runs): (&'static str, &'static str, u64)) -> Reading {
    Reading {
        name: "palisade_job_runs",
        help: "Runs of the product's jobs by this process, by job and outcome",
        labels: vec![("job", job), ("outcome", outcome)],
        value: ReadingValue::Counter(number(runs)),
    }
}

fn spans(SpanTally { sent, rejected, failed, overflowed }: SpanTally) -> [Reading; 4] {
    [("sent", sent), ("rejected", rejected), ("failed", failed), ("overflowed", overflowed)].map(
        |(outcome, count)| Reading {
            name: "palisade_spans",
            help: "Spans of this process, by what became of them",
            labels: vec![("outcome", outcome)],
            value: ReadingValue::Counter(number(count)),
        },
    )
}

fn timed(timing: Timing) -> Reading {
    let Timing { operation, collection, outcome, took } = timing;
    Reading {
        name: "palisade_store_duration_seconds",
        help: "From a call of the store's engine until its answer, by operation, collection and outcome",
        labels: vec![("operation", operation), ("collection", collection), ("outcome", outcome)],
        value: ReadingValue::Histogram(took),
    }
}
