//! How long the calls of an engine take, for metrics: counted in place, without a lock and without memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use palisade_core::metrics::Distribution;

use crate::engine::plan::Write;
use crate::engine::{CollectionSpec, StoreError};

/// The upper bounds of the buckets in microseconds: from a page in memory to the deadlines of drivers.
const BOUNDS: [u64; 15] = [
    10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    5_000_000,
];

/// One for each bound, and one for what takes longer.
const BUCKETS: usize = BOUNDS.len() + 1;

/// Instead of a collection: a batch that writes to more than one.
const SEVERAL: &str = "several";

/// Instead of a collection: a call that is about the whole store.
pub(super) const NONE: &str = "none";

/// What an engine is asked to do. A closed list, because it is a label.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    /// One document by its id.
    Get,
    /// A page of a query, or its first document.
    Page,
    /// The next page of a tail.
    Tail,
    /// A batch.
    Commit,
    /// The removal of documents that have ended.
    Sweep,
    /// The read and the write of a health check.
    Probe,
}

/// In the order of the enum.
const OPERATIONS: [&str; 6] = ["get", "page", "tail", "commit", "sweep", "probe"];

/// How a call ended. A closed list, because it is a label.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Success,
    /// Another write was faster, or an id was taken.
    Conflict,
    Failure,
    /// Nobody waited for the end: the deadline of a request, or a client that hung up.
    Abandoned,
}

/// In the order of the enum.
const OUTCOMES: [&str; 4] = ["success", "conflict", "failure", "abandoned"];

impl Outcome {
    pub(super) fn of<T>(done: &Result<T, StoreError>) -> Self {
        match done {
            Ok(_) => Self::Success,
            Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => Self::Conflict,
            Err(_) => Self::Failure,
        }
    }
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    nanoseconds: AtomicU64,
}

impl Histogram {
    fn observe(&self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let at = BOUNDS.partition_point(|bound| bound.saturating_mul(1_000) < nanoseconds);
        if let Some(bucket) = self.buckets.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
            self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        }
    }

    /// `None` before the first call.
    fn read(&self) -> Option<Distribution> {
        let bounds = BOUNDS.iter().map(|bound| Duration::from_micros(*bound).as_secs_f64());
        let counts = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.chain([f64::INFINITY]).zip(counts).collect();
        let sum = Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        buckets.iter().any(|(_, count)| *count > 0).then_some(Distribution { buckets, sum })
    }
}

/// The times of one operation on one collection.
#[derive(Debug, Default)]
pub(super) struct ByOutcome([Histogram; OUTCOMES.len()]);

impl ByOutcome {
    pub(super) fn observe(&self, outcome: Outcome, took: Duration) {
        if let Some(histogram) = self.0.get(outcome as usize) {
            histogram.observe(took);
        }
    }
}

type ByOperation = [ByOutcome; OPERATIONS.len()];

/// The times of all calls. The collections are those of the store, so the number of series is bounded.
#[derive(Debug)]
pub(super) struct Timings(HashMap<&'static str, Box<ByOperation>>);

/// The times of some calls since the store was opened, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// `get`, `page`, `tail`, `commit`, `sweep` or `probe`.
    pub operation: &'static str,
    /// The collection; `several` for a batch that wrote to more than one, `none` for a call about the whole store.
    pub collection: &'static str,
    /// `success`, `conflict`, `failure` or `abandoned`.
    pub outcome: &'static str,
    /// From the call of the engine until its answer: waiting for a place in its queue included, the conversion of
    /// documents not.
    pub took: Distribution,
}

impl Timings {
    pub(super) fn new(collections: &[&'static CollectionSpec]) -> Self {
        let names = collections.iter().map(|spec| spec.name).chain([SEVERAL, NONE]);
        Self(names.map(|name| (name, Box::default())).collect())
    }

    /// The times of an operation on a collection, to add one to.
    pub(super) fn of(&self, operation: Operation, collection: &str) -> Option<&ByOutcome> {
        self.0.get(collection)?.get(operation as usize)
    }

    /// Everything that occurred, in the order of the names.
    pub(super) fn read(&self) -> Vec<Timing> {
        let mut collections: Vec<_> = self.0.iter().collect();
        collections.sort_unstable_by_key(|(name, _)| **name);
        let mut timings = Vec::new();
        for (collection, by_operation) in collections {
            for (operation, by_outcome) in OPERATIONS.into_iter().zip(&**by_operation) {
                for (outcome, histogram) in OUTCOMES.into_iter().zip(&by_outcome.0) {
                    let timing = |took| Timing { operation, collection, outcome, took };
                    timings.extend(histogram.read().map(timing));
                }
            }
        }
        timings
    }
}

/// The collection of a batch.
pub(super) fn collection_of(writes: &[Write]) -> &'static str {
    let mut names = writes.iter().map(|write| write.collection.name);
    let first = names.next().unwrap_or(NONE);
    if names.all(|name| name == first) { first } else { SEVERAL }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_under_the_first_bound_that_it_does_not_exceed() {
        for (nanoseconds, bound) in [
            (0, 0.000_01),
            (10_000, 0.000_01),
            (10_001, 0.000_05),
            (1_000_000, 0.001),
            (5_000_000_000, 5.0),
            (5_000_000_001, f64::INFINITY),
        ] {
            let histogram = Histogram::default();
            assert_eq!(histogram.read(), None);
            histogram.observe(Duration::from_nanos(nanoseconds));
            let Distribution { buckets, sum } = histogram.read().unwrap();
            let counted: Vec<_> = buckets.iter().filter(|(_, count)| *count == 1).collect();
            assert_eq!(counted, [&(bound, 1)], "{nanoseconds}");
            assert!((sum - Duration::from_nanos(nanoseconds).as_secs_f64()).abs() < 1e-12, "{sum}");
        }
        assert!(BOUNDS.is_sorted());
    }

    #[test]
    fn the_names_are_in_the_order_of_the_enums() {
        let of = |operation: Operation| OPERATIONS[operation as usize];
        let all = [
            (of(Operation::Get), "get"),
            (of(Operation::Page), "page"),
            (of(Operation::Tail), "tail"),
            (of(Operation::Commit), "commit"),
            (of(Operation::Sweep), "sweep"),
            (of(Operation::Probe), "probe"),
            (OUTCOMES[Outcome::Success as usize], "success"),
            (OUTCOMES[Outcome::Conflict as usize], "conflict"),
            (OUTCOMES[Outcome::Failure as usize], "failure"),
            (OUTCOMES[Outcome::Abandoned as usize], "abandoned"),
        ];
        for (name, expected) in all {
            assert_eq!(name, expected);
        }
    }
}
