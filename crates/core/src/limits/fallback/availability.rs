//! The availability of a shared store, the admitted requests that it does not know, and its probes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use crate::causes::with_causes;
use crate::limits::{Charge, LimitStoreError};
use crate::system::Clock;

/// How often an instance probes a store that is down, and checks the counters of one that is up.
pub(super) const PROBE_EVERY: Duration = Duration::from_secs(1);
/// After this many failures in a row the store counts as down. A single late answer may be a pause of the machine, and
/// this process decides the requests that it affects. After a lost connection the store counts as down at once.
pub(super) const FAILURES: u32 = 3;
/// A loss of counters is logged again only after this long without one.
const LOSS_LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Whether a store is up, and the number of its failures so far.
#[derive(Debug)]
pub(super) struct Availability {
    /// For the log.
    name: &'static str,
    clock: Arc<dyn Clock>,
    store: Mutex<Store>,
    outages: AtomicU64,
    counter_losses: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
enum Store {
    /// The store is in use.
    Here { failures: u32, unknown: Unknown },
    /// The store is not in use. The next probe is due at this time; `None` during a probe.
    Away { next_probe: Option<Duration> },
}

/// The time of the last request that this instance admitted without the store's knowledge; `None` if there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unknown(Option<Duration>);

impl Unknown {
    /// Whether such a request may still be in the window of this charge.
    pub(super) fn may_count(self, charge: &Charge, now: Duration) -> bool {
        self.0.is_some_and(|until| now.saturating_sub(until) < charge.quota().window())
    }
}

/// How to decide the next request.
pub(super) enum Next {
    /// Ask the store.
    Ask(Unknown),
    /// Continue without it, and probe it in the background.
    TryAgain,
    /// Continue without it.
    Wait,
}

/// A lock on the state of the store: it does not change while this is held.
pub(super) struct StoreGuard<'a>(MutexGuard<'a, Store>);

impl StoreGuard<'_> {
    /// Whether the store is up, and no request was admitted without it since `unknown` was read.
    pub(super) fn is_unchanged_since(&self, unknown: Unknown) -> bool {
        matches!(*self.0, Store::Here { unknown: now, .. } if now == unknown)
    }
}

impl Availability {
    pub(super) fn new(name: &'static str, clock: Arc<dyn Clock>) -> Self {
        Self {
            name,
            clock,
            store: Mutex::new(Store::Here { failures: 0, unknown: Unknown(None) }),
            outages: AtomicU64::new(0),
            counter_losses: AtomicU64::new(0),
        }
    }

    pub(super) fn is_away(&self) -> bool {
        matches!(*self.store.lock(), Store::Away { .. })
    }

    /// The number of outages.
    pub(super) fn outages(&self) -> u64 {
        self.outages.load(Ordering::Relaxed)
    }

    /// How many times the store had lost counters while it was up.
    pub(super) fn counter_losses(&self) -> u64 {
        self.counter_losses.load(Ordering::Relaxed)
    }

    /// Whether to ask the store. Only one caller gets [`Next::TryAgain`]; it must report the result to
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
        // Read under the lock, because this process may have admitted requests until now.
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
                tracing::debug!(cause = with_causes(error), "the limit store is still away");
            }
        }
    }

    /// Locks the current state until the guard is dropped.
    pub(super) fn lock(&self) -> StoreGuard<'_> {
        StoreGuard(self.store.lock())
    }

    /// Records that a request was admitted without the store's knowledge.
    pub(super) fn admitted_elsewhere(&self) {
        if let Store::Here { unknown, .. } = &mut *self.store.lock() {
            *unknown = Unknown(Some(self.clock.monotonic()));
        }
    }

    /// The store has written a charge. Other answers do not reset the failures: a store that cannot write still
    /// answers questions, and still refuses requests without room.
    pub(super) fn counted(&self) {
        if let Store::Here { failures, .. } = &mut *self.store.lock() {
            *failures = 0;
        }
    }

    /// A check of the counters failed. This alone is not an outage.
    pub(super) fn check_failed(&self, error: &LimitStoreError) {
        tracing::debug!(cause = with_causes(error), store = self.name, "the limit store cannot be checked");
    }

    /// The store gave no decision.
    pub(super) fn failed(&self, error: &LimitStoreError) {
        let mut store = self.store.lock();
        let now = self.clock.monotonic();
        let Store::Here { failures, unknown } = &mut *store else { return };
        let known = std::mem::replace(unknown, Unknown(Some(now)));
        if let LimitStoreError::CountersLost(how) = error {
            // The store counts correctly from now on. Until the windows have passed, it and this process must agree.
            *failures = 0;
            drop(store);
            let times = self.counter_losses.fetch_add(1, Ordering::Relaxed) + 1;
            // A store that evicts keys loses counters all the time.
            if known.0.is_none_or(|last| now.saturating_sub(last) >= LOSS_LOG_INTERVAL) {
                tracing::warn!(
                    how,
                    times,
                    store = self.name,
                    "the limit store has lost counters: until their windows have passed it and this instance must agree"
                );
            }
            return;
        }
        // This process decides now, without the store. `unknown` was set first, so that no request that the store
        // admits meanwhile is missed.
        *failures += 1;
        let gone = matches!(error, LimitStoreError::Unreachable(_));
        if gone || *failures >= FAILURES {
            *store = Store::Away { next_probe: Some(now.saturating_add(PROBE_EVERY)) };
            drop(store);
            self.outages.fetch_add(1, Ordering::Relaxed);
            let cause = with_causes(error);
            tracing::warn!(
                cause,
                store = self.name,
                "the limit store is away: this instance counts for itself until it is back"
            );
        }
    }
}
