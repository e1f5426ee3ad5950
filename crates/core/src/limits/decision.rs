//! The types that a limiter and its callers share: charges and decisions.

use std::error::Error;
use std::num::NonZeroU32;
use std::time::Duration;

use super::{LimitKey, Quota};

/// One counter to charge, with its quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    key: LimitKey,
    quota: Quota,
    cost: u32,
}

impl Charge {
    /// One request against this counter.
    pub fn new(key: LimitKey, quota: Quota) -> Self {
        Self { key, quota, cost: 1 }
    }

    /// No request, only the question whether one more would pass: refused if it would not, and never charged.
    pub fn asking(key: LimitKey, quota: Quota) -> Self {
        Self { key, quota, cost: 0 }
    }

    /// The same charge as a question.
    #[must_use]
    pub fn to_question(&self) -> Self {
        Self { cost: 0, ..self.clone() }
    }

    /// The same charge, counting as `cost` requests. A cost above the limit could never pass, and counts as the
    /// whole limit.
    #[must_use]
    pub fn costing(mut self, cost: NonZeroU32) -> Self {
        self.cost = cost.min(self.quota.limit()).get();
        self
    }

    /// The counter.
    pub const fn key(&self) -> &LimitKey {
        &self.key
    }

    /// Its quota.
    pub const fn quota(&self) -> Quota {
        self.quota
    }

    /// The number of requests that this charge counts as, at most the quota's limit; 0 for a question.
    pub const fn cost(&self) -> u32 {
        self.cost
    }
}

/// The state of one counter after a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaStatus {
    /// The number of requests that would pass right now.
    pub remaining: u32,
    /// How long until more of the quota becomes free; zero when nothing is used.
    pub until_more: Duration,
    /// Set if this counter refused: the first moment at which the same charge passes it.
    pub retry_after: Option<Duration>,
}

/// The decision about several charges. All or nothing: every counter passed and was charged, or none was charged.
#[derive(Clone, Debug)]
pub struct Decision {
    at: Duration,
    statuses: QuotaStatuses,
    places: Places,
}

/// The places where a decision was charged, if that is not the one store that made it: each with the time on its
/// own clock. [Giving back](crate::limits::LimitStore::give_back) uses them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// In the store that all instances share.
    pub shared: Option<Duration>,
    /// In the second store, which counts accounts while the shared one is down.
    pub second: Option<Duration>,
    /// In this process.
    pub local: Option<Duration>,
}

/// Most decisions concern one counter, and are so frequent that an allocation for each is measurable.
#[derive(Clone, Debug)]
enum QuotaStatuses {
    One(QuotaStatus),
    Several(Vec<QuotaStatus>),
}

impl Decision {
    /// The decision with these statuses: one for each charge, in the same order.
    ///
    /// `at` is the time of the decision, on the clock by which the store measures windows.
    pub fn new(at: Duration, statuses: Vec<QuotaStatus>) -> Self {
        Self { at, statuses: QuotaStatuses::Several(statuses), places: Places::default() }
    }

    /// The same for a single charge.
    pub const fn about_one(at: Duration, status: QuotaStatus) -> Self {
        let places = Places { shared: None, second: None, local: None };
        Self { at, statuses: QuotaStatuses::One(status), places }
    }

    /// The same, charged in these places.
    #[must_use]
    pub fn charged_in(self, places: Places) -> Self {
        Self { places, ..self }
    }

    /// The places where it was charged; none for a decision that one store made alone.
    pub const fn places(&self) -> Places {
        self.places
    }

    /// The time of the decision, on the store's own clock: comparable only with other decisions of the same store.
    pub const fn at(&self) -> Duration {
        self.at
    }

    /// Whether the request may go on.
    pub fn passed(&self) -> bool {
        self.statuses().iter().all(|status| status.retry_after.is_none())
    }

    /// If it refused: the first moment at which all charges pass, if nothing else is charged meanwhile.
    pub fn retry_after(&self) -> Option<Duration> {
        self.statuses().iter().filter_map(|status| status.retry_after).max()
    }

    /// The combined decision when another store must agree about the same charges: for each counter the smaller
    /// rest and the longer wait. It keeps the time of this decision.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let both = |(one, other): (&QuotaStatus, &QuotaStatus)| QuotaStatus {
            remaining: one.remaining.min(other.remaining),
            until_more: one.until_more.max(other.until_more),
            retry_after: one.retry_after.max(other.retry_after),
        };
        let statuses = self.statuses().iter().zip(other.statuses()).map(both).collect();
        Self::new(self.at, statuses).charged_in(self.places)
    }

    /// The state of each counter, in the order of the charges.
    pub fn statuses(&self) -> &[QuotaStatus] {
        match &self.statuses {
            QuotaStatuses::One(status) => std::slice::from_ref(status),
            QuotaStatuses::Several(statuses) => statuses,
        }
    }
}

impl PartialEq for Decision {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && self.statuses() == other.statuses()
    }
}

impl Eq for Decision {}

/// Charges with each counter named once. A counter that is named twice is charged once with both costs: checked one
/// by one, each would see room that the other is about to take.
#[derive(Clone, Debug)]
pub struct Distinct {
    charges: Vec<Charge>,
    place: Vec<usize>,
}

impl Distinct {
    /// The distinct counters of these charges, in the order they are first named.
    pub fn of(charges: &[Charge]) -> Self {
        let mut distinct = Self { charges: Vec::with_capacity(charges.len()), place: Vec::new() };
        for charge in charges {
            let same = |known: &Charge| known.key == charge.key && known.quota == charge.quota;
            let place = distinct.charges.iter().position(same).unwrap_or(distinct.charges.len());
            match distinct.charges.get_mut(place) {
                Some(known) => {
                    let limit = known.quota.limit().get();
                    known.cost = known.cost.saturating_add(charge.cost).min(limit);
                }
                None => distinct.charges.push(charge.clone()),
            }
            distinct.place.push(place);
        }
        distinct
    }

    /// Each counter once.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }

    /// The decision about all charges, from one status for each counter.
    pub fn decision(&self, at: Duration, statuses: &[QuotaStatus]) -> Decision {
        Decision::new(at, self.place.iter().filter_map(|place| statuses.get(*place).copied()).collect())
    }
}

/// Why a limit store could not decide. The caller decides what happens then, never the store.
#[derive(Debug, thiserror::Error)]
pub enum LimitStoreError {
    /// No connection to the store.
    #[error("reaching the limit store")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The store took longer than its deadline.
    #[error("waiting for the limit store for {0:?}")]
    TimedOut(Duration),
    /// The store answered with an error, or with an invalid answer.
    #[error("reading the answer of the limit store")]
    BadAnswer(#[source] Box<dyn Error + Send + Sync>),
    /// The store is up and has lost counters: it was flushed, restarted empty, or evicts keys.
    #[error("the limit store has lost counters: {0}")]
    CountersLost(&'static str),
}
