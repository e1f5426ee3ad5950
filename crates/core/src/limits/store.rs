//! The port of whoever counts.

use std::fmt;

use super::{Charge, Decision, LimitStoreError};
use crate::system::Pending;

/// Counts requests against quotas: a true sliding window, on the store's own clock.
///
/// Of the limit and the window of each quota, every implementation promises: in any window of that length no more units
/// pass than the limit, across all instances that share the store. Refused charges cost nothing.
pub trait LimitStore: Send + Sync + fmt::Debug {
    /// Checks all charges and, when all pass, charges all: one atomic step. When one is refused, none is charged.
    /// All of one call count the same [group](super::Subject::group): a store that is spread over several
    /// machines can decide atomically about those only.
    ///
    /// Nothing is charged before the future is first polled.
    ///
    /// # Errors
    /// When the store cannot decide. The charges may then have been made or not.
    fn take<'a>(&'a self, charges: &'a [Charge]) -> Pending<'a, Result<Decision, LimitStoreError>>;

    /// Gives back what a decision of this store has charged, or some of its charges: each exactly once, as far as it still
    /// counts, and never more than was charged. For requests that did not do what is counted.
    ///
    /// Called at most once for a charge, and not again when it fails: what may have been given back already stays charged
    /// rather than being given back twice.
    ///
    /// # Errors
    /// When the store cannot be asked. What was charged may then stay so.
    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> Pending<'a, Result<(), LimitStoreError>>;

    /// Looks whether the store still has all that was counted, beside the requests and about once a second; and keeps
    /// connections in use. A store that cannot lose counters by itself has nothing to say.
    ///
    /// # Errors
    /// [`Forgot`](LimitStoreError::Forgot), once for each loss; and when the store cannot be asked.
    fn look_after(&self) -> Pending<'_, Result<(), LimitStoreError>> {
        Box::pin(async { Ok(()) })
    }

    /// [`take`](Self::take), for a store that decides without waiting; `None` (and nothing charged) from all others.
    fn try_take(&self, charges: &[Charge]) -> Option<Decision> {
        let _ = charges;
        None
    }
}
