//! The port of a store that counts.

use std::fmt;

use futures_util::future::BoxFuture;

use super::{Charge, Decision, LimitStoreError};

/// Counts requests against quotas: a true sliding window, on the store's own clock.
///
/// Every implementation promises for the limit and the window of each quota: in any window of that length no more
/// units pass than the limit, across all instances that share the store. Refused charges cost nothing.
pub trait LimitStore: Send + Sync + fmt::Debug {
    /// Checks all charges and, if all pass, charges all: one atomic step. If one is refused, none is charged. All
    /// charges of one call are of the same [group](super::Subject::group): a store that is spread over several
    /// machines can decide atomically only about those.
    ///
    /// Nothing is charged before the future is first polled.
    ///
    /// # Errors
    /// When the store cannot decide. The charges may or may not have been made.
    fn take<'a>(&'a self, charges: &'a [Charge]) -> BoxFuture<'a, Result<Decision, LimitStoreError>>;

    /// Gives back some or all charges of a decision of this store, as far as they still count, and never more than
    /// was charged. For requests that did not do what the limit counts.
    ///
    /// Called at most once for a charge, and not again after a failure: if it is unclear whether a charge was given
    /// back, it stays.
    ///
    /// # Errors
    /// When the store cannot be asked. The charges may then stay.
    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> BoxFuture<'a, Result<(), LimitStoreError>>;

    /// Checks whether the store still has all its counters, and keeps its connections open. Called about once a
    /// second, in parallel with requests. A store that cannot lose counters by itself does nothing.
    ///
    /// # Errors
    /// [`CountersLost`](LimitStoreError::CountersLost), once for each loss; and when the store cannot be asked.
    fn check_counters(&self) -> BoxFuture<'_, Result<(), LimitStoreError>> {
        Box::pin(async { Ok(()) })
    }

    /// The same as [`take`](Self::take) for a store that decides without waiting. All others return `None` and charge
    /// nothing.
    fn try_take(&self, charges: &[Charge]) -> Option<Decision> {
        let _ = charges;
        None
    }
}
