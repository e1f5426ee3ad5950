//! Whether a shared store is there, what it does not know of, and when it is tried again.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::limits::{Charge, LimitStoreError};
use crate::system::Clock;

/// How often a store that is away is tried, and one that is there looked after.
pub(super) const PROBE_EVERY: Duration = Duration::from_secs(1);
/// So many failures in a row, and the store is away. A single late answer is a pause of the machine, and each of the
/// requests that met it is decided here already. A lost connection needs no second one.
pub(super) const FAILURES: u32 = 3;
/// That a store loses counters is said again after it has lost none for so long.
const FORGETTING_AGAIN: Duration = Duration::from_mins(1);

/// How a store has been so far.
#[derive(Debug)]
pub(super) struct Availability {
    /// For the log.
    name: &'static str,
    clock: Arc<dyn Clock>,
    store: Mutex<Store>,
    times_away: AtomicU64,
    times_forgotten: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
enum Store {
    /// It is asked.
    Here { failures: u32, unknown: Unknown },
    /// It is not asked, and tried again at this moment; `None` while it is being tried.
    Away { next_probe: Option<Duration> },
}

/// Until when this instance admitted something that the store does not know of; `None` if it never did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unknown(Option<Duration>);

impl Unknown {
    /// Whether some of it may still be in the window of this charge.
    pub(super) fn may_count(self, charge: &Charge, now: Duration) -> bool {
        self.0.is_some_and(|until| now.saturating_sub(until) < charge.quota().window())
    }
}

/// What to do about a store right now.
pub(super) enum Next {
    /// Ask it.
    Ask(Unknown),
    /// Go on without it, and try it again beside that.
    TryAgain,
    /// Go on without it.
    Wait,
}

/// Nothing about the store changes while this is held.
pub(super) struct Unchanging<'a>(MutexGuard<'a, Store>);

impl Unchanging<'_> {
    /// Whether the store is there, and nothing has passed without it since `unknown` was read.
    pub(super) fn nothing_passed_since(&self, unknown: Unknown) -> bool {
        matches!(*self.0, Store::Here { unknown: now, .. } if now == unknown)
    }
}

impl Availability {
    pub(super) fn new(name: &'static str, clock: Arc<dyn Clock>) -> Self {
        Self {
            name,
            clock,
            store: Mutex::new(Store::Here { failures: 0, unknown: Unknown(None) }),
            times_away: AtomicU64::new(0),
            times_forgotten: AtomicU64::new(0),
        }
    }

    pub(super) fn is_away(&self) -> bool {
        matches!(*self.store.lock(), Store::Away { .. })
    }

    /// How many times it went away.
    pub(super) fn times_away(&self) -> u64 {
        self.times_away.load(Ordering::Relaxed)
    }

    /// How many times it was found to have lost counters while it was there.
    pub(super) fn times_forgotten(&self) -> u64 {
        self.times_forgotten.load(Ordering::Relaxed)
    }

    /// Whether to ask the store. Says once to try it again: whoever is told so must end it with
    /// [`answered`](Self::answered).
    pub(super) fn next(&self) -> Next {
        let now = self.clock.monotonic();
        match &mut *self.store.lock() {
            Store::Here { unknown, .. } => Next::Ask(*unknown),
            Store::Away { next_probe } => {
                if next_probe.is_some_and(|moment| now >= moment) {
                    *next_probe = None;
                    Next::TryAgain
                } else {
                    Next::Wait
                }
            }
        }
    }

    /// How the store answered when it was tried again.
    pub(super) fn answered(&self, answer: Result<(), &LimitStoreError>) {
        let mut store = self.store.lock();
        // Read under the lock: until then this process may have let somebody through.
        let now = self.clock.monotonic();
        match answer {
            Ok(()) => {
                *store = Store::Here { failures: 0, unknown: Unknown(Some(now)) };
                drop(store);
                tracing::info!(store = self.name, "the limit store is back");
            }
            Err(error) => {
                *store = Store::Away { next_probe: Some(now.saturating_add(PROBE_EVERY)) };
                drop(store);
                tracing::debug!(cause = chain(error), "the limit store is still away");
            }
        }
    }

    /// As it stands, until the guard is dropped.
    pub(super) fn hold(&self) -> Unchanging<'_> {
        Unchanging(self.store.lock())
    }

    /// This process knows of it, and the store does not.
    pub(super) fn something_passed_elsewhere(&self) {
        if let Store::Here { unknown, .. } = &mut *self.store.lock() {
            *unknown = Unknown(Some(self.clock.monotonic()));
        }
    }

    /// It still counts: a store that refuses to write answers questions, and refuses whoever has no room.
    pub(super) fn counted(&self) {
        if let Store::Here { failures, .. } = &mut *self.store.lock() {
            *failures = 0;
        }
    }

    /// It could not be looked after; that alone does not make it away.
    pub(super) fn not_looked_after(&self, error: &LimitStoreError) {
        tracing::debug!(cause = chain(error), store = self.name, "the limit store cannot be looked after");
    }

    /// The store gave no decision.
    pub(super) fn failed(&self, error: &LimitStoreError) {
        let mut store = self.store.lock();
        let now = self.clock.monotonic();
        let Store::Here { failures, unknown } = &mut *store else { return };
        let known = std::mem::replace(unknown, Unknown(Some(now)));
        if let LimitStoreError::Forgot(how) = error {
            // It counts, and what it counts from here on is true. What this process knows of goes on beside it.
            *failures = 0;
            drop(store);
            let times = self.times_forgotten.fetch_add(1, Ordering::Relaxed) + 1;
            // One that evicts does so all the time.
            if known.0.is_none_or(|last| now.saturating_sub(last) >= FORGETTING_AGAIN) {
                tracing::warn!(
                    how,
                    times,
                    store = self.name,
                    "the limit store has lost counters: until their windows have passed it and this instance must agree"
                );
            }
            return;
        }
        // `unknown`: what is decided now, without it. Said before, so that nobody whom it lets through meanwhile is overlooked.
        *failures += 1;
        let gone = matches!(error, LimitStoreError::Unreachable(_));
        if gone || *failures >= FAILURES {
            *store = Store::Away { next_probe: Some(now.saturating_add(PROBE_EVERY)) };
            drop(store);
            self.times_away.fetch_add(1, Ordering::Relaxed);
            let cause = chain(error);
            tracing::warn!(
                cause,
                store = self.name,
                "the limit store is away: this instance counts for itself until it is back"
            );
        }
    }
}

/// An error with its causes: what is in front says only what was being done.
pub(super) fn chain(error: &LimitStoreError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text
}
