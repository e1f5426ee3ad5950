//! The order among mails of one purpose to one address: a mail goes once those ahead of it are at rest.

use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_lib::store::{StoreError, Stored};

use super::backoff;
use super::delivery::{Inner, Outcome};
use super::schema::Mail;

/// A mail that waits for its turn in a line is looked at again at least so often.
const IN_LINE: Duration = backoff::LONGEST;

impl Inner {
    /// Leaves a mail until the one ahead of it is at rest. Whoever brings that one to rest calls this one; its own time is
    /// for the case that nobody does.
    pub(super) async fn stand_in_line(
        &self,
        due: &Stored<Mail>,
        ahead: &Stored<Mail>,
    ) -> Result<Outcome, StoreError> {
        let now = self.repository.now();
        let due_at = ahead.value().due_at.min(now.plus(IN_LINE)).max(now.plus(Duration::from_secs(1)));
        let next = Mail { due_at, ..due.value().clone() };
        let Some(standing) = self.repository.advance(due, next).await? else {
            return Ok(Outcome::Elsewhere);
        };
        // It may have come to rest since it was seen, and then called somebody who did not stand there yet.
        if self.repository.ahead_of(&standing).await?.is_none() {
            let called = Mail { due_at: now, ..standing.value().clone() };
            self.repository.advance(&standing, called).await?;
            self.wake.notify_one();
        }
        Ok(Outcome::InLine)
    }

    /// Once a mail is at rest: makes the next one of its line due now.
    pub(super) async fn call_next(&self, rested: &Stored<Mail>) -> Result<(), StoreError> {
        let Some(next) = self.repository.first_in_line(&rested.value().line).await? else { return Ok(()) };
        let now = self.repository.now();
        // One that is older than the one at rest has not waited for it, but for its own next attempt; one in hand is cared
        // for.
        if next.value().due_at > now && next.created_at() >= rested.created_at() && !in_hand(&next, now) {
            let called = Mail { due_at: now, ..next.value().clone() };
            // Somebody else may have moved it; then it is cared for.
            self.repository.advance(&next, called).await?;
        }
        self.wake.notify_one();
        Ok(())
    }
}

/// Whether a worker has this mail at this moment, or died with it in hand a moment ago.
pub(super) fn in_hand(mail: &Stored<Mail>, now: Timestamp) -> bool {
    mail.value().unfinished > 0 && mail.value().due_at > now
}
