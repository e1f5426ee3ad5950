//! The number of calls of the store, by collection: for tests of "this costs no query" and for metrics.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::CollectionSpec;

#[derive(Debug, Default)]
struct Counter {
    reads: AtomicU64,
    writes: AtomicU64,
}

#[derive(Debug)]
pub(crate) struct Counters(HashMap<&'static str, Counter>);

impl Counters {
    pub(crate) fn new(collections: &[&'static CollectionSpec]) -> Self {
        Self(collections.iter().map(|spec| (spec.name, Counter::default())).collect())
    }

    pub(crate) fn read(&self, collection: &str) {
        if let Some(counter) = self.0.get(collection) {
            counter.reads.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn write(&self, collection: &str) {
        if let Some(counter) = self.0.get(collection) {
            counter.writes.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn snapshot(&self) -> Calls {
        let of = |counter: &Counter| Count {
            reads: counter.reads.load(Ordering::Relaxed),
            writes: counter.writes.load(Ordering::Relaxed),
        };
        Calls(self.0.iter().map(|(name, counter)| (*name, of(counter))).collect())
    }
}

/// Calls to one collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Point reads and pages.
    pub reads: u64,
    /// Writes of batches, committed or not.
    pub writes: u64,
}

/// Calls since the store was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls(HashMap<&'static str, Count>);

impl Calls {
    /// The calls to one collection.
    pub fn of(&self, collection: &str) -> Count {
        self.0.get(collection).copied().unwrap_or_default()
    }

    /// The calls to each collection, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Count)> {
        let mut all: Vec<_> = self.0.iter().map(|(name, count)| (*name, *count)).collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all.into_iter()
    }

    /// All calls.
    pub fn total(&self) -> Count {
        self.0.values().fold(Count::default(), |sum, count| Count {
            reads: sum.reads.saturating_add(count.reads),
            writes: sum.writes.saturating_add(count.writes),
        })
    }

    /// The calls since an earlier snapshot.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let less = |name: &&'static str, count: &Count| Count {
            reads: count.reads.saturating_sub(earlier.of(name).reads),
            writes: count.writes.saturating_sub(earlier.of(name).writes),
        };
        Self(self.0.iter().map(|(name, count)| (*name, less(name, count))).collect())
    }
}
