//! What is read when somebody asks, instead of counted when it happens: the state of queues and of the store.

use futures_util::future::BoxFuture;

/// Whether a value can fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingKind {
    /// It rises and falls.
    Gauge,
    /// It only rises while the process runs.
    Counter,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The name, with the unit at its end: `palisade_outbox_oldest_due_seconds`. Without `_total`.
    pub name: &'static str,
    /// One sentence without a full stop.
    pub help: &'static str,
    /// Whether it can fall.
    pub kind: ReadingKind,
    /// Names and values, both from closed lists.
    pub labels: Vec<(&'static str, &'static str)>,
    /// The value, in the unit of the name.
    pub value: f64,
}

/// Something whose state is read. A source that cannot read, leaves its readings out: a missing series is an alert, an old
/// value is not.
pub trait MetricSource: Send + Sync + std::fmt::Debug {
    /// Reads the state. The readings of one name come together.
    fn read(&self) -> BoxFuture<'_, Vec<Reading>>;
}
