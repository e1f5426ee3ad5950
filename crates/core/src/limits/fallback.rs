//! A shared store, with the limiter of this process behind it: if the store is slow or down, this process decides
//! at once. It never fails open, and never returns an error.
//!
//! The limiter of this process records everything that the store admitted for this instance. So during an outage of
//! the store, and at the moments when it begins and ends, one instance admits at most the limit in any window.
//!
//! Attempts on accounts can have a second store, which is asked before this process decides alone: distributed
//! guesses then still meet one counter. For this module it is like a shared store that has just come back: it does
//! not know what the first one admitted, so until that has left its window both must agree.
//!
//! The same holds for a store that is up and has lost its counters: flushed, restarted empty, or evicting keys.

mod availability;
#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::BoxFuture;

use self::availability::{Availability, Next, PROBE_EVERY, Unknown};
use super::reservations::{Reservation, Reservations};
use super::{
    Charge, Decision, LimitKey, LimitStore, LimitStoreError, MAX_LIMIT, MemoryLimiter, Places, Quota, Subject,
};
use crate::causes::with_causes;
use crate::net::NetworkKey;
use crate::system::{Clock, Probe};

/// How long a returning store may take for its first answer: the connection has to be opened first.
const RECONNECTING: Duration = Duration::from_secs(2);

/// A shared store, and this process for its outages. Clones share everything.
#[derive(Clone, Debug)]
pub struct Fallback(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<dyn LimitStore>,
    /// The store for accounts while the shared store is down.
    accounts: Option<Fallback>,
    local: Arc<MemoryLimiter>,
    clock: Arc<dyn Clock>,
    deadline: Duration,
    store: Availability,
    /// The room in this process for requests that wait for an answer of the store, while both must agree.
    holds: Reservations,
    decided_here: AtomicU64,
}

/// The state of a shared store, for health and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FallbackState {
    /// Whether the store is down, so that this process decides.
    pub away: bool,
    /// The number of decisions that this process made without any store.
    pub decided_here: u64,
    /// The number of outages of the store.
    pub outages: u64,
    /// How many times the store had lost counters while it was up.
    pub counter_losses: u64,
}

impl Fallback {
    /// Asks `shared`, which may take up to `deadline` for a decision, and otherwise decides with `local`. During an
    /// outage `second`, if there is one, decides about accounts as long as it is up.
    pub fn new(
        shared: Arc<dyn LimitStore>,
        second: Option<Arc<dyn LimitStore>>,
        local: &Arc<MemoryLimiter>,
        clock: &Arc<dyn Clock>,
        deadline: Duration,
    ) -> Self {
        let over = |name, shared, accounts| {
            Self(Arc::new(Inner {
                shared,
                accounts,
                local: Arc::clone(local),
                clock: Arc::clone(clock),
                deadline,
                store: Availability::new(name, Arc::clone(clock)),
                holds: Reservations::default(),
                decided_here: AtomicU64::new(0),
            }))
        };
        let accounts = second.map(|second| over("for accounts", second, None));
        over("shared", shared, accounts)
    }

    /// The state of the store.
    pub fn state(&self) -> FallbackState {
        let decided_here = self.0.decided_here.load(Ordering::Relaxed);
        FallbackState {
            away: self.0.store.is_away(),
            decided_here: decided_here
                + self.0.accounts.as_ref().map_or(0, |second| second.state().decided_here),
            outages: self.0.store.outages(),
            counter_losses: self.0.store.counter_losses(),
        }
    }

    /// Starts a task that looks at the store once a second, for as long as this value or a clone exists. It probes a
    /// store that is down, whether or not requests arrive, and checks whether one that is up still has its counters.
    /// Needs a runtime with timers.
    pub fn watch(&self) {
        let fallback = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PROBE_EVERY).await;
                let Some(inner) = Weak::upgrade(&fallback) else { return };
                let fallback = Self(inner);
                fallback.check_once().await;
                // The second store is not checked while nobody needs it: the check would create counters that may
                // never be used.
                if let Some(second) = &fallback.0.accounts {
                    second.is_away();
                }
            }
        });
    }

    async fn check_once(&self) {
        if self.is_away() {
            return;
        }
        let looked = tokio::time::timeout(RECONNECTING, self.0.shared.check_counters()).await;
        match looked.unwrap_or(Err(LimitStoreError::TimedOut(RECONNECTING))) {
            Ok(()) => {}
            // The store refused the check, for example because its user lacks the right. It may still decide, so this
            // is not an outage.
            Err(error @ LimitStoreError::BadAnswer(_)) => self.0.store.check_failed(&error),
            Err(error) => self.0.store.failed(&error),
        }
    }

    async fn decide(&self, charges: &[Charge]) -> Decision {
        let Some(unknown) = self.here() else { return self.decide_without(charges).await };
        // While the windows of this request may contain requests that the store does not know, both must agree.
        let now = self.0.clock.monotonic();
        let mut hold = None;
        if charges.iter().any(|charge| unknown.may_count(charge, now)) {
            match self.0.holds.hold(&self.0.local, charges) {
                Ok(room) => hold = Some(room),
                Err(refused) => return self.with_the_stores_wait(charges, refused).await,
            }
        }
        match self.ask(charges, self.0.deadline).await {
            Ok(decision) if decision.passed() => {
                if charges.iter().any(|charge| charge.cost() > 0) {
                    self.0.store.counted();
                }
                self.settle(charges, &decision, unknown, hold)
            }
            Ok(decision) => decision,
            Err(error) => {
                drop(hold);
                self.0.store.failed(&error);
                self.decide_without(charges).await
            }
        }
    }

    /// Counts in this process what the store has admitted. If both must agree, or if a request was admitted without
    /// the store during the call, this process can still refuse.
    fn settle(
        &self,
        charges: &[Charge],
        decision: &Decision,
        unknown: Unknown,
        hold: Option<Reservation<'_>>,
    ) -> Decision {
        // Locked until it is counted, so that a later request without the store sees it.
        let store = self.0.store.lock();
        if let Some(second) = self.second(charges) {
            second.0.store.admitted_elsewhere();
        }
        let there = Places { shared: Some(decision.at()), ..Places::default() };
        let with = |here: Decision| {
            let local = here.passed().then(|| here.at());
            decision.and(&here).charged_in(Places { local, ..there })
        };
        match hold {
            Some(hold) => with(hold.settle(&self.0.local, charges)),
            None if store.is_unchanged_since(unknown) => {
                let local = Some(self.0.local.record(charges));
                decision.clone().charged_in(Places { local, ..there })
            }
            None => with(self.0.local.decide(charges)),
        }
    }

    /// A refusal of this process, with the longer of its wait and the store's: when this process would admit the
    /// request, the store might still refuse it.
    async fn with_the_stores_wait(&self, charges: &[Charge], refused: Decision) -> Decision {
        let questions: Vec<Charge> = charges.iter().map(Charge::to_question).collect();
        match self.ask(&questions, self.0.deadline).await {
            Ok(there) => refused.and(&there),
            Err(error) => {
                self.0.store.failed(&error);
                refused
            }
        }
    }

    /// The second store, which decides about these charges while the shared store is down, beside this process.
    fn second(&self, charges: &[Charge]) -> Option<&Self> {
        let is_of_accounts = |charge: &Charge| charge.key().subject().kind().is_of_accounts();
        let second = self.0.accounts.as_ref()?;
        (!charges.is_empty() && charges.iter().all(is_of_accounts)).then_some(second)
    }

    async fn decide_without(&self, charges: &[Charge]) -> Decision {
        let decision = match self.second(charges) {
            Some(second) => {
                let decision = Box::pin(second.decide(charges)).await;
                // What `second` calls its shared store is the second store of this value.
                let Places { shared, local, .. } = decision.places();
                decision.charged_in(Places { shared: None, second: shared, local })
            }
            None => self.decide_here(charges),
        };
        if decision.passed() {
            self.0.store.admitted_elsewhere();
        }
        decision
    }

    async fn ask(&self, charges: &[Charge], deadline: Duration) -> Result<Decision, LimitStoreError> {
        let answer = tokio::time::timeout(deadline, self.0.shared.take(charges)).await;
        answer.unwrap_or(Err(LimitStoreError::TimedOut(deadline)))
    }

    fn decide_here(&self, charges: &[Charge]) -> Decision {
        self.0.decided_here.fetch_add(1, Ordering::Relaxed);
        let decision = self.0.local.decide(charges);
        let local = Some(decision.at());
        decision.charged_in(Places { local, ..Places::default() })
    }

    /// Gives back in each place that was charged. A store that is down keeps its charge until the window has passed.
    async fn return_to_each(&self, charges: &[Charge], decision: &Decision) -> Result<(), LimitStoreError> {
        let Places { shared, second, local } = decision.places();
        if let Some(at) = local {
            self.0.local.return_units(charges, at);
        }
        if let (Some(at), Some(accounts)) = (second, &self.0.accounts) {
            accounts.return_there(charges, at).await?;
        }
        match shared {
            Some(at) => self.return_there(charges, at).await,
            None => Ok(()),
        }
    }

    async fn return_there(&self, charges: &[Charge], at: Duration) -> Result<(), LimitStoreError> {
        let there = Decision::new(at, Vec::new());
        let asked = self.0.shared.give_back(charges, &there);
        let answer = tokio::time::timeout(RECONNECTING, asked).await;
        answer.unwrap_or(Err(LimitStoreError::TimedOut(RECONNECTING)))
    }

    fn is_away(&self) -> bool {
        self.here().is_none()
    }

    /// The requests that the store does not know; `None` while it is down. When it is time for a probe, starts one
    /// in the background: no request waits.
    fn here(&self) -> Option<Unknown> {
        match self.0.store.next() {
            Next::Ask(unknown) => Some(unknown),
            Next::TryAgain => {
                tokio::spawn(self.clone().try_again());
                None
            }
            Next::Wait => None,
        }
    }

    /// Connects first, with a longer deadline. Then the store has to answer as fast as requests require.
    async fn try_again(self) {
        let mut answer = self.ask(&[], RECONNECTING).await;
        if answer.is_ok() {
            answer = self.ask(&probe_charge(), self.0.deadline).await;
        }
        self.0.store.answered(answer.as_ref().map(|_| ()));
    }
}

/// The charge of a probe. It writes, because a store that is full or no longer primary still answers questions.
fn probe_charge() -> [Charge; 1] {
    const PROBE_QUOTA: Quota = Quota::of(MAX_LIMIT, 1);
    let nobody = Subject::Network(NetworkKey::of(Ipv4Addr::UNSPECIFIED.into()));
    [Charge::new(LimitKey::new("store".into(), nobody), PROBE_QUOTA)]
}

impl LimitStore for Fallback {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> BoxFuture<'a, Result<Decision, LimitStoreError>> {
        Box::pin(async move { Ok(self.decide(charges).await) })
    }

    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> BoxFuture<'a, Result<(), LimitStoreError>> {
        Box::pin(self.return_to_each(charges, decision))
    }

    fn try_take(&self, charges: &[Charge]) -> Option<Decision> {
        let second = self.second(charges);
        if !self.is_away() || second.is_some_and(|second| !second.is_away()) {
            return None;
        }
        let decision = self.decide_here(charges);
        if decision.passed() {
            // Either store may have come back in the meantime.
            self.0.store.admitted_elsewhere();
            second.inspect(|second| second.0.store.admitted_elsewhere());
        }
        Some(decision)
    }
}

impl Probe for Fallback {
    /// Limits hold without the store, for each instance alone.
    fn is_vital(&self) -> bool {
        false
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            if self.is_away() {
                return Err("this instance counts for itself".to_owned());
            }
            self.ask(&probe_charge(), self.0.deadline).await.map(|_| ()).map_err(|error| with_causes(&error))
        })
    }
}
