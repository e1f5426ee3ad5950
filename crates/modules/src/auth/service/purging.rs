//! People who were deleted long enough ago go for good, with everything that is theirs.

use std::time::Duration;

use palisade_lib::store::{Batch, StoreError};

use super::Service;
use crate::auth::repository::Repository;

/// What one step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purged {
    /// How many people went.
    pub(crate) people: u64,
    /// How many sessions went with them.
    pub(crate) sessions: u64,
    /// Whether there may be more.
    pub(crate) more: bool,
}

impl Service {
    /// Removes at most a page of people whose retention has passed: their sessions first, then they themselves together
    /// with their claims. Interrupted anywhere, the next time goes on with it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn purge_people(&self, retention: Duration) -> Result<Purged, StoreError> {
        let mut purged = Purged::default();
        let due = self.users.due_for_purge(retention).await?;
        for person in &due {
            // None of them lives, the epoch has passed; but they say from where and with what somebody came.
            loop {
                let sessions = self.repository.sessions_of(person.id()).await?;
                if sessions.is_empty() {
                    break;
                }
                for session in &sessions {
                    match self.repository.commit(Repository::remove_session(session)).await {
                        Ok(_) => purged.sessions += 1,
                        Err(StoreError::Stale { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
            let end: Batch = self.users.stage_purge(person, retention).await?;
            match self.repository.commit(end).await {
                Ok(_) => purged.people += 1,
                // Restored, or purged by another instance.
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        // Where nothing came through, looking again at once would find the same.
        purged.more = purged.people > 0;
        Ok(purged)
    }
}
