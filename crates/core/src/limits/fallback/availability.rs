//! The availability of a shared store, the admitted requests that it does not know, and its probes.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::limits::{Charge, LimitStoreError};
use crate::system::Clock;

/// How often this task probes a store that is down, and maintains one that is up.
pub(super) const PROBE_EVERY: Duration = Duration::from_secs(1);
/// After this many failures in a row the store counts as down. A single late answer is a pause of the machine, and
/// this process already decides each request that met it. A lost connection needs no second failure.
pub(super) const FAILURES: u32 = 3;
/// A loss of counters is logged again after this long without one.
const FORGETTING_AGAIN: Duration = Duration::from_mins(1);

/// The history of a store.
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
    /// The store is in use.
    Here { failures: u32, unknown: Unknown },
    /// The store is not in use. It is probed at this moment; `None` during a probe.
    Away { next_probe: Option<Duration> },
}

/// Until when this instance admitted something that the store does not know; `None` if it never did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unknown(Option<Duration>);

impl Unknown {
    /// Whether some of it may still be in the window of this charge.
    pub(super) fn may_count(self, charge: &Charge, now: Duration) -> bool {
        self.0.is_some_and(|until| now.saturating_sub(until) < charge.quota().window())
    }
}

/// The current treatment of a store.
pub(super) enum Next {
    /// Ask the store.
    Ask(Unknown),
    /// Continue without it, and probe it in the background.
    TryAgain,
    /// Continue without it.
    Wait,
}

/// The state of the store does not change while this is held.
pub(super) struct Unchanging<'a>(MutexGuard<'a, Store>);

impl Unchanging<'_> {
    /// Whether the store is up, and nothing was admitted without it since `unknown` was read.
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

    /// The number of outages.
    pub(super) fn times_away(&self) -> u64 {
        self.times_away.load(Ordering::Relaxed)
    }

    /// How many times it was found to have lost counters while it was up.
    pub(super) fn times_forgotten(&self) -> u64 {
        self.times_forgotten.load(Ordering::Relaxed)
    }

    /// Whether to ask the store. Returns once that it should be probed; that caller must finish with
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

    /// The answer of the store to a probe.
    pub(super) fn answered(&self, answer: Result<(), &LimitStoreError>) {
        let mut store = self.store.lock();
        // Read under the lock: until then this process may have admitted requests.
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

    /// The current state, until the guard is dropped.
    pub(super) fn hold(&self) -> Unchanging<'_> {
        Unchanging(self.store.lock())
    }

    /// This process knows of a charge that the store does not know.
    pub(super) fn something_passed_elsewhere(&self) {
        if let Store::Here { unknown, .. } = &mut *self.store.lock() {
            *unknown = Unknown(Some(self.clock.monotonic()));
        }
    }

    /// Still counts: a store that refuses to write answers questions, and refuses requests without room.
    pub(super) fn counted(&self) {
        if let Store::Here { failures, .. } = &mut *self.store.lock() {
            *failures = 0;
        }
    }

    /// The check failed; this alone is no outage.
    pub(super) fn not_looked_after(&self, error: &LimitStoreError) {
        tracing::debug!(cause = chain(error), store = self.name, "the limit store cannot be checked");
    }

    /// The store gave no decision.
    pub(super) fn failed(&self, error: &LimitStoreError) {
        let mut store = self.store.lock();
        let now = self.clock.monotonic();
        let Store::Here { failures, unknown } = &mut *store else { return };
        let known = std::mem::replace(unknown, Unknown(Some(now)));
        if let LimitStoreError::Forgot(how) = error {
            // The store counts, and its counts are true from here on. The knowledge of this process continues
            // beside it.
            *failures = 0;
            drop(store);
            let times = self.times_forgotten.fetch_add(1, Ordering::Relaxed) + 1;
            // A store that evicts does so all the time.
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
        // `unknown`: decided now, without the store. Recorded first, so that no request that the store admits
        // meanwhile is overlooked.
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

/// An error with its causes: the outer one says only what the program was doing.
pub(super) fn chain(error: &LimitStoreError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text
}
