//! The order of mails with one purpose to one address: a mail is sent once the mails ahead of it are at rest.

use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_lib::store::{StoreError, Stored};

use super::delivery::{Inner, LONGEST_WAIT, Outcome};
use super::schema::Mail;

/// A mail that waits in a line is looked at again at least this often.
const IN_LINE: Duration = LONGEST_WAIT;

impl Inner {
    /// Postpones a mail until the one ahead of it is at rest. The worker that finishes that one calls this one; the
    /// due time covers the case that no worker does.
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
        // The mail ahead may be at rest since the read, and its worker may have called before this one waited.
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
        // An older mail than the one at rest did not wait for it, but for its own next attempt; a mail in hand
        // already has a worker.
        if next.value().due_at > now && next.created_at() >= rested.created_at() && !in_hand(&next, now) {
            let called = Mail { due_at: now, ..next.value().clone() };
            // If another worker moved it, that worker takes care of it.
            self.repository.advance(&next, called).await?;
        }
        self.wake.notify_one();
        Ok(())
    }
}

/// Whether a worker has this mail now, or died with it in hand a moment ago.
pub(super) fn in_hand(mail: &Stored<Mail>, now: Timestamp) -> bool {
    mail.value().unfinished > 0 && mail.value().due_at > now
}
