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
    cost: NonZeroU32,
}

impl Charge {
    /// One request against this counter.
    pub fn new(key: LimitKey, quota: Quota) -> Self {
        Self { key, quota, cost: NonZeroU32::MIN }
    }

    /// The same, counting as so many requests. More than the quota allows would never pass and is taken for
    /// all of it.
    #[must_use]
    pub fn costing(mut self, cost: NonZeroU32) -> Self {
        self.cost = cost.min(self.quota.limit());
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

    /// How many requests this one counts as: at least 1, at most the quota's limit.
    pub const fn cost(&self) -> NonZeroU32 {
        self.cost
    }
}

/// How one counter stands after a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests that still pass right now.
    pub remaining: u32,
    /// How long until more of the quota becomes free; zero when nothing is used.
    pub until_more: Duration,
    /// Set when this counter refused: the first moment at which the same charge passes it.
    pub retry_after: Option<Duration>,
}

/// What came of several charges. All or nothing: every counter passed and was charged, or none was charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    standings: Vec<Standing>,
}

impl Decision {
    /// The decision these standings amount to: one for each charge, in the same order.
    pub fn new(standings: Vec<Standing>) -> Self {
        Self { standings }
    }

    /// Whether the request may go on.
    pub fn passed(&self) -> bool {
        self.standings.iter().all(|standing| standing.retry_after.is_none())
    }

    /// When refused: the first moment at which all of them pass, if nothing else is charged meanwhile.
    pub fn retry_after(&self) -> Option<Duration> {
        self.standings.iter().filter_map(|standing| standing.retry_after).max()
    }

    /// How each counter stands, in the order of the charges.
    pub fn standings(&self) -> &[Standing] {
        &self.standings
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
}
