//! What counts as written.

use std::time::Duration;

use mongodb::options::{Acknowledgment, WriteConcern};

use crate::engine::BATCH_DEADLINE;

/// How wrong the clocks of two writers and the arrival of a command may be, together, without a tail missing a document:
/// what the deadline here is shorter by than what a tail re-reads.
const SLACK: Duration = Duration::from_secs(1);

/// After this long a batch is given up.
pub(super) const DEADLINE: Duration = BATCH_DEADLINE.saturating_sub(SLACK);

/// Acknowledged means: on the journal of most members, so that no election loses it. Where there is no majority the
/// server says so in the time a batch has.
pub(super) fn majority() -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(DEADLINE).build()
}
