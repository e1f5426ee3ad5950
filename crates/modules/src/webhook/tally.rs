//! The counts of attempts in a process since it started.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often a process tried to deliver events, by outcome.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    delivered: AtomicU64,
    refused: AtomicU64,
    unreachable: AtomicU64,
}

impl Tally {
    pub(super) fn delivered(&self) {
        self.delivered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn unreachable(&self) {
        self.unreachable.fetch_add(1, Ordering::Relaxed);
    }

    /// Each outcome and its number.
    pub(crate) fn read(&self) -> [(&'static str, u64); 3] {
        [("delivered", &self.delivered), ("refused", &self.refused), ("unreachable", &self.unreachable)]
            .map(|(outcome, count)| (outcome, count.load(Ordering::Relaxed)))
    }
}
