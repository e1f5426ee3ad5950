//! A shared store with the limiter of this process behind it: when the store is slow or gone, this process decides at
//! once. Never open, and never an error.
//!
//! The limiter of this process is told of everything the store let this instance do. So while the store is away, and
//! across the moments at which it goes and comes back, one instance admits at most the limit in any window.
//!
//! What is counted of accounts somebody tries to enter can have a second store, which is asked before this process decides
//! alone: guesses from everywhere then still meet one number. It is a shared store that has just come back, as far as this
//! module is concerned: it knows nothing of what the first one let pass, so until that has left its window both must agree.
//!
//! The same holds of a store that is there and has lost what it counted: flushed, restarted empty, or evicting keys.

mod availability;
#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use self::availability::{Availability, Next, PROBE_EVERY, Unknown, chain};
use super::reservations::{Reservation, Reservations};
use super::{
    Charge, Decision, LimitKey, LimitStore, LimitStoreError, MAX_LIMIT, MemoryLimiter, Places, Quota, Subject,
};
use crate::net::NetworkKey;
use crate::system::{Clock, Pending, Probe};

/// How long a store that comes back may take for its first answer: it has to be connected to.
const RECONNECTING: Duration = Duration::from_secs(2);
/// A shared store, and this process for when it is away. Clones share everything.
#[derive(Clone, Debug)]
pub struct Fallback(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<dyn LimitStore>,
    /// Who is asked about accounts while the shared store is away.
    accounts: Option<Fallback>,
    local: Arc<MemoryLimiter>,
    clock: Arc<dyn Clock>,
    deadline: Duration,
    store: Availability,
    /// What waits for an answer of the store that this process must agree with.
    holds: Reservations,
    decided_here: AtomicU64,
}

/// How a shared store has been. For health and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FallbackState {
    /// Whether this process decides alone right now.
    pub away: bool,
    /// How many decisions this process made because the store did not.
    pub decided_here: u64,
    /// How many times the store went away.
    pub times_away: u64,
    /// How many times it was found to have lost counters while it was there.
    pub times_forgotten: u64,
}

impl Fallback {
    /// Asks `shared`, which may take as long as `deadline` for a decision, and else decides with `local`; what is counted of
    /// accounts with `second`, where there is one, as long as that is there.
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

    /// How the store has been.
    pub fn state(&self) -> FallbackState {
        let decided_here = self.0.decided_here.load(Ordering::Relaxed);
        FallbackState {
            away: self.0.store.is_away(),
            decided_here: decided_here
                + self.0.accounts.as_ref().map_or(0, |second| second.state().decided_here),
            times_away: self.0.store.times_away(),
            times_forgotten: self.0.store.times_forgotten(),
        }
    }

    /// Looks after the stores once a second for as long as somebody holds this: tries one that is away, whether or not
    /// anybody asks meanwhile, and looks whether one that is there still has what it counted. Within a runtime that has
    /// timers.
    pub fn watch(&self) {
        let fallback = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PROBE_EVERY).await;
                let Some(inner) = Weak::upgrade(&fallback) else { return };
                let fallback = Self(inner);
                fallback.look_after_once().await;
                // The second one is not looked into while nobody needs it: it would be made where it may never be used.
                if let Some(second) = &fallback.0.accounts {
                    second.is_away();
                }
            }
        });
    }

    async fn look_after_once(&self) {
        if self.is_away() {
            return;
        }
        let looked = tokio::time::timeout(RECONNECTING, self.0.shared.look_after()).await;
        match looked.unwrap_or(Err(LimitStoreError::TimedOut(RECONNECTING))) {
            Ok(()) => {}
            // What may not be asked is no reason to go on without it: decisions are made in another way.
            Err(error @ LimitStoreError::BadAnswer(_)) => self.0.store.not_looked_after(&error),
            Err(error) => self.0.store.failed(&error),
        }
    }

    async fn decide(&self, charges: &[Charge]) -> Decision {
        let Some(unknown) = self.here() else { return self.decide_without(charges).await };
        // Until what the store does not know of has left the windows of this request, both must agree.
        let now = self.0.clock.monotonic();
        let mut hold = None;
        if charges.iter().any(|charge| unknown.may_count(charge, now)) {
            match self.0.holds.hold(&self.0.local, charges) {
                Ok(room) => hold = Some(room),
                Err(refused) => return self.and_the_store(charges, refused).await,
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

    /// Counts here what the store has let through. Where both must agree, and where something was admitted without the
    /// store while it was asked, only as far as there is room.
    fn settle(
        &self,
        charges: &[Charge],
        decision: &Decision,
        unknown: Unknown,
        hold: Option<Reservation<'_>>,
    ) -> Decision {
        // Locked until it is counted: whoever goes on without the store from here on knows of it.
        let store = self.0.store.hold();
        if let Some(second) = self.second(charges) {
            second.0.store.something_passed_elsewhere();
        }
        let there = Places { shared: Some(decision.at()), ..Places::default() };
        let with = |here: Decision| {
            let local = here.passed().then(|| here.at());
            decision.and(&here).charged_in(Places { local, ..there })
        };
        match hold {
            Some(hold) => with(hold.settle(&self.0.local, charges)),
            None if store.nothing_passed_since(unknown) => {
                let local = Some(self.0.local.record(charges));
                decision.clone().charged_in(Places { local, ..there })
            }
            None => with(self.0.local.decide(charges)),
        }
    }

    /// What this process refused, with the wait that is true for both: when it would let somebody through, the store may not.
    async fn and_the_store(&self, charges: &[Charge], refused: Decision) -> Decision {
        let questions: Vec<Charge> = charges.iter().map(Charge::to_question).collect();
        match self.ask(&questions, self.0.deadline).await {
            Ok(there) => refused.and(&there),
            Err(error) => {
                self.0.store.failed(&error);
                refused
            }
        }
    }

    /// Who decides about these while the shared store is away, beside this process.
    fn second(&self, charges: &[Charge]) -> Option<&Self> {
        let is_of_accounts = |charge: &Charge| charge.key().subject().kind().is_of_accounts();
        let second = self.0.accounts.as_ref()?;
        (!charges.is_empty() && charges.iter().all(is_of_accounts)).then_some(second)
    }

    async fn decide_without(&self, charges: &[Charge]) -> Decision {
        let decision = match self.second(charges) {
            Some(second) => {
                let decision = Box::pin(second.decide(charges)).await;
                // What is the only store to the second is the second to this one.
                let Places { shared, local, .. } = decision.places();
                decision.charged_in(Places { shared: None, second: shared, local })
            }
            None => self.decide_here(charges),
        };
        if decision.passed() {
            self.0.store.something_passed_elsewhere();
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

    /// Gives back in each place that was charged. Where a store is away it stays charged: it cannot be asked, and the windows
    /// pass there too.
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

    /// What the store does not know of; `None` while it is away. When it is time to try it again, begins that beside
    /// whoever asks: nobody waits.
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

    /// Connects first, with patience; then the store has to be as fast as it must be for requests.
    async fn try_again(self) {
        let mut answer = self.ask(&[], RECONNECTING).await;
        if answer.is_ok() {
            answer = self.ask(&knock(), self.0.deadline).await;
        }
        self.0.store.answered(answer.as_ref().map(|_| ()));
    }
}

/// What a store is tried with: one that is full, or no primary any more, answers questions and refuses to count.
fn knock() -> [Charge; 1] {
    const KNOCKS: Quota = Quota::of(MAX_LIMIT, 1);
    let nobody = Subject::Network(NetworkKey::of(Ipv4Addr::UNSPECIFIED.into()));
    [Charge::new(LimitKey::new("store".into(), nobody), KNOCKS)]
}

impl LimitStore for Fallback {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> Pending<'a, Result<Decision, LimitStoreError>> {
        Box::pin(async move { Ok(self.decide(charges).await) })
    }

    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> Pending<'a, Result<(), LimitStoreError>> {
        Box::pin(self.return_to_each(charges, decision))
    }

    fn try_take(&self, charges: &[Charge]) -> Option<Decision> {
        let second = self.second(charges);
        if !self.is_away() || second.is_some_and(|second| !second.is_away()) {
            return None;
        }
        let decision = self.decide_here(charges);
        if decision.passed() {
            // Either may have come back meanwhile.
            self.0.store.something_passed_elsewhere();
            second.inspect(|second| second.0.store.something_passed_elsewhere());
        }
        Some(decision)
    }
}

impl Probe for Fallback {
    /// Limits hold without the store, for each instance by itself.
    fn is_vital(&self) -> bool {
        false
    }

    fn probe(&self) -> Pending<'_, Result<(), String>> {
        Box::pin(async {
            if self.is_away() {
                return Err("this instance counts for itself".to_owned());
            }
            self.ask(&knock(), self.0.deadline).await.map(|_| ()).map_err(|error| chain(&error))
        })
    }
}
