//! The write concern.

use std::time::Duration;

use mongodb::options::{Acknowledgment, WriteConcern};

use crate::engine::BATCH_DEADLINE;

/// The maximum total error of two writers' clocks and of the arrival of a command, without a tail missing a
/// document: the deadline here is shorter by this than the span that a tail re-reads.
const SLACK: Duration = Duration::from_secs(1);

/// The deadline of a batch.
pub(super) const DEADLINE: Duration = BATCH_DEADLINE.saturating_sub(SLACK);

/// Acknowledged means: in the journal of a majority, so that no election loses it. Without a majority the server
/// says so within the time of a batch.
pub(super) fn majority() -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(DEADLINE).build()
}
