//! What is read when somebody asks, instead of counted when it happens: the state of queues and of the store.

use futures_util::future::BoxFuture;

/// A value, by whether it can fall.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadingValue {
    /// It rises and falls.
    Gauge(f64),
    /// It only rises while the process runs.
    Counter(f64),
    /// How often values up to each bound occurred. The counts only rise.
    Histogram(Distribution),
}

/// How values are distributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// Upper bounds in rising order, the last one infinite, each with the number of values between it and the bound before.
    pub buckets: Vec<(f64, u64)>,
    /// The sum of all values.
    pub sum: f64,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The name, with the unit at its end: `palisade_outbox_oldest_due_seconds`. Without `_total`.
    pub name: &'static str,
    /// One sentence without a full stop.
    pub help: &'static str,
    /// Names and values, both from closed lists.
    pub labels: Vec<(&'static str, &'static str)>,
    /// The value, in the unit of the name. All of one name are of one kind.
    pub value: ReadingValue,
}

/// Something whose state is read. A source that cannot read, leaves its readings out: a missing series is an alert, an old
/// value is not.
pub trait MetricSource: Send + Sync + std::fmt::Debug {
    /// Reads the state. The readings of one name come together.
    fn read(&self) -> BoxFuture<'_, Vec<Reading>>;
}
