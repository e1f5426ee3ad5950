//! A call of the engine, from its beginning to its end.

use std::time::Duration;

use super::handle::{Inner, Store};
use super::timing::{ByOutcome, Operation, Outcome, Timing};
use crate::engine::StoreError;

/// A call that an engine is working on. It is timed also if its caller gives it up.
#[must_use = "a call that is dropped counts as abandoned"]
pub(super) struct RunningCall<'a> {
    inner: &'a Inner,
    times: Option<&'a ByOutcome>,
    began: Duration,
    outcome: Outcome,
}

impl RunningCall<'_> {
    /// Passes the result on, and records its error for the next check.
    pub(super) fn end<T>(mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        self.outcome = Outcome::of(&done);
        self.inner.record(done)
    }
}

impl Drop for RunningCall<'_> {
    fn drop(&mut self) {
        if let Some(times) = self.times {
            times.observe(self.outcome, self.inner.clock.monotonic().saturating_sub(self.began));
        }
    }
}

impl Store {
    /// Begins a call of the engine. Maintenance is not timed: it is slow, and nobody waits for it.
    pub(super) fn call(&self, operation: Operation, collection: &str) -> RunningCall<'_> {
        let inner = &*self.inner;
        let times = inner.timings.of(operation, collection).filter(|_| !self.is_maintenance);
        RunningCall { inner, times, began: inner.clock.monotonic(), outcome: Outcome::Abandoned }
    }

    /// How long the calls of the engine took so far.
    pub fn timings(&self) -> Vec<Timing> {
        self.inner.timings.read()
    }
}
