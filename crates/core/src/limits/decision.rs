//! The words a limiter and its callers share: what is to be charged, and what came of it.

use std::error::Error;
use std::num::NonZeroU32;
use std::time::Duration;

use super::{LimitKey, Quota};

/// One counter to be charged, with the quota it is held to.
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

    /// No request, only the question whether one more would pass: refused when it would not, and never charged.
    pub fn asking(key: LimitKey, quota: Quota) -> Self {
        Self { key, quota, cost: 0 }
    }

    /// The same, only asked.
    #[must_use]
    pub fn to_question(&self) -> Self {
        Self { cost: 0, ..self.clone() }
    }

    /// The same, counting as so many requests. More than the quota allows would never pass and is taken for
    /// all of it.
    #[must_use]
    pub fn costing(mut self, cost: NonZeroU32) -> Self {
        self.cost = cost.min(self.quota.limit()).get();
        self
    }

    /// The counter.
    pub const fn key(&self) -> &LimitKey {
        &self.key
    }

    /// The quota it is held to.
    pub const fn quota(&self) -> Quota {
        self.quota
    }

    /// How many requests this one counts as, at most the quota's limit; 0 when it only asks.
    pub const fn cost(&self) -> u32 {
        self.cost
    }
}

/// How one counter stands after a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaStatus {
    /// Requests that still pass right now.
    pub remaining: u32,
    /// How long until more of the quota becomes free; zero when nothing is used.
    pub until_more: Duration,
    /// Set when this counter refused: the first moment at which the same charge passes it.
    pub retry_after: Option<Duration>,
}

/// What came of several charges. All or nothing: every counter passed and was charged, or none was charged.
#[derive(Clone, Debug)]
pub struct Decision {
    at: Duration,
    statuses: QuotaStatuses,
    places: Places,
}

/// Where a decision was charged, when that is not the one store that made it: each place with the moment on its own clock.
/// [Giving back](crate::limits::LimitStore::give_back) goes by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// In the store all instances share.
    pub shared: Option<Duration>,
    /// In the one that is asked about accounts while that is away.
    pub second: Option<Duration>,
    /// In this process.
    pub local: Option<Duration>,
}

/// Most decisions are about one counter, and so often made that an allocation for each shows.
#[derive(Clone, Debug)]
enum QuotaStatuses {
    One(QuotaStatus),
    Several(Vec<QuotaStatus>),
}

impl Decision {
    /// The decision these standings amount to: one for each charge, in the same order.
    ///
    /// `at` is the moment the store made it, on the clock it measures windows with.
    pub fn new(at: Duration, statuses: Vec<QuotaStatus>) -> Self {
        Self { at, statuses: QuotaStatuses::Several(statuses), places: Places::default() }
    }

    /// The same about a single charge.
    pub const fn about_one(at: Duration, status: QuotaStatus) -> Self {
        let places = Places { shared: None, second: None, local: None };
        Self { at, statuses: QuotaStatuses::One(status), places }
    }

    /// The same, charged in these places.
    #[must_use]
    pub fn charged_in(self, places: Places) -> Self {
        Self { places, ..self }
    }

    /// Where it was charged; nothing of a decision that one store made alone.
    pub const fn places(&self) -> Places {
        self.places
    }

    /// When it was made, on the store's own clock: comparable with other decisions of the same store only.
    pub const fn at(&self) -> Duration {
        self.at
    }

    /// Whether the request may go on.
    pub fn passed(&self) -> bool {
        self.statuses().iter().all(|status| status.retry_after.is_none())
    }

    /// When refused: the first moment at which all of them pass, if nothing else is charged meanwhile.
    pub fn retry_after(&self) -> Option<Duration> {
        self.statuses().iter().filter_map(|status| status.retry_after).max()
    }

    /// What it amounts to when another store must agree, asked for the same charges: of each counter the smaller rest and
    /// the longer wait. Its moment stays this one's.
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

    /// How each counter stands, in the order of the charges.
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

/// Charges with each counter named once. One that is named twice is charged once with both costs: checked one by
/// one, each would see room that the other is about to take.
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

    /// The decision about all charges, from one standing for each counter.
    pub fn decision(&self, at: Duration, statuses: &[QuotaStatus]) -> Decision {
        Decision::new(at, self.place.iter().filter_map(|place| statuses.get(*place).copied()).collect())
    }
}

/// Why a limit store could not decide. What happens then is the caller's rule, never the store's.
#[derive(Debug, thiserror::Error)]
pub enum LimitStoreError {
    /// No connection to the store.
    #[error("reaching the limit store")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The store took longer than it is given.
    #[error("waiting for the limit store for {0:?}")]
    TimedOut(Duration),
    /// The store answered with an error, or with something that is no answer.
    #[error("reading the answer of the limit store")]
    BadAnswer(#[source] Box<dyn Error + Send + Sync>),
    /// The store is there and has lost counters it had: it was flushed, restarted empty, or evicts keys.
    #[error("the limit store has lost counters: {0}")]
    Forgot(&'static str),
}
