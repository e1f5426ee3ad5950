//! Records the errors of requests, and the observations of each collection. A database that answers may still be unable
//! to serve requests: an index or a collection may be gone, a right revoked, a page damaged, a disk full.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::engine::plan::Identity;
use crate::engine::{CollectionSpec, StoreError};

/// What is known about the condition of the store.
#[derive(Debug)]
pub(super) struct Watch {
    /// A request had trouble, and no check has run since.
    pub(super) trouble: AtomicBool,
    /// Something could not be read: more may be damaged, until an integrity check succeeds.
    pub(super) damage: AtomicBool,
    /// The observations of each collection.
    seen: BTreeMap<&'static str, Seen>,
    /// When a check of everything last succeeded, on the monotonic clock.
    pub(super) last_full_check: Mutex<Option<Duration>>,
    /// One check at a time.
    pub(super) checking: tokio::sync::Mutex<()>,
}

/// A check of everything. Unless it succeeds, the store stays in trouble: also if the caller gives it up half-way, as
/// the health of the server does after its timeout.
#[must_use = "a check that is dropped has failed"]
pub(super) struct RunningCheck<'a> {
    watch: &'a Watch,
    succeeded: bool,
}

impl RunningCheck<'_> {
    /// Everything was well at this time, on the monotonic clock.
    pub(super) fn succeed(mut self, now: Duration) {
        *self.watch.last_full_check.lock() = Some(now);
        self.succeeded = true;
    }
}

impl Drop for RunningCheck<'_> {
    fn drop(&mut self) {
        if !self.succeeded {
            self.watch.trouble.store(true, Ordering::Release);
        }
    }
}

/// The observations of a collection.
#[derive(Debug, Default)]
struct Seen {
    /// Whether it has documents.
    filled: AtomicBool,
    /// Its identity, if the engine has one. If the first write recreates a missing collection, another one then has
    /// its name.
    identity: Mutex<Option<Identity>>,
}

impl Watch {
    pub(super) fn over(collections: &[&'static CollectionSpec]) -> Self {
        Self {
            trouble: AtomicBool::new(false),
            damage: AtomicBool::new(false),
            seen: collections.iter().map(|spec| (spec.name, Seen::default())).collect(),
            last_full_check: Mutex::new(None),
            checking: tokio::sync::Mutex::new(()),
        }
    }

    /// Begins a check of everything, which covers all trouble so far.
    pub(super) fn begin_check(&self) -> RunningCheck<'_> {
        self.trouble.store(false, Ordering::Release);
        RunningCheck { watch: self, succeeded: false }
    }

    pub(super) fn note(&self, error: &StoreError) {
        match error {
            StoreError::Corrupt { .. } | StoreError::Damaged { .. } => {
                self.damage.store(true, Ordering::Release);
            }
            // Without a cause our own queue is full, which passes.
            StoreError::Unavailable { source: Some(_), .. }
            | StoreError::Unknown { .. }
            | StoreError::Engine { .. }
            | StoreError::Gone { .. }
            | StoreError::NewerSchema { .. } => {}
            _ => return,
        }
        self.trouble.store(true, Ordering::Release);
    }

    pub(super) fn set_filled(&self, collection: &str, filled: bool) {
        if let Some(seen) = self.seen.get(collection)
            && seen.filled.load(Ordering::Relaxed) != filled
        {
            seen.filled.store(filled, Ordering::Relaxed);
        }
    }

    pub(super) fn is_filled(&self, collection: &str) -> bool {
        self.seen.get(collection).is_some_and(|seen| seen.filled.load(Ordering::Relaxed))
    }

    /// Whether another collection has replaced the one that had documents.
    pub(super) fn is_replaced(&self, collection: &str, identity: Option<&Identity>) -> bool {
        let Some(seen) = self.seen.get(collection) else { return false };
        let mut known = seen.identity.lock();
        if known.as_ref() == identity {
            return false;
        }
        if known.is_some() && seen.filled.load(Ordering::Relaxed) {
            return true;
        }
        *known = identity.cloned();
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_is_given_up_leaves_the_trouble() {
        let watch = Watch::over(&[]);
        let in_trouble = || watch.trouble.load(Ordering::Acquire);
        watch.note(&StoreError::Gone { collection: "people" });
        drop(watch.begin_check());
        assert!(in_trouble());
        watch.begin_check().succeed(Duration::from_secs(1));
        assert!(!in_trouble());

        let check = watch.begin_check();
        watch.note(&StoreError::Gone { collection: "people" });
        check.succeed(Duration::from_secs(2));
        assert!(in_trouble(), "trouble during a check is left to the next one");
    }
}
