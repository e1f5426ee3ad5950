//! Users who were deleted long enough ago go for good, with everything that is theirs.

use std::sync::Arc;
use std::time::Duration;

use palisade_lib::store::StoreError;

use crate::auth::repository::Repository;
use crate::user::{self, User};

/// What one step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purged {
    /// How many users went.
    pub(crate) users: u64,
    /// How many sessions went with them.
    pub(crate) sessions: u64,
    /// Whether there may be more.
    pub(crate) more: bool,
}

/// Purges users.
#[derive(Debug)]
pub(crate) struct UserPurge {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) users: user::Service,
}

impl UserPurge {
    /// Removes at most a page of users whose retention has passed: their sessions first, then they themselves together
    /// with their claims. Interrupted anywhere, the next time goes on with it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn step(&self, retention: Duration) -> Result<Purged, StoreError> {
        let mut purged = Purged::default();
        for user in &self.users.due_for_purge(retention).await? {
            purged.sessions += self.forget_sessions_of(user).await?;
            match self.users.purge(user, retention).await {
                Ok(()) => purged.users += 1,
                // Restored, or purged by another instance.
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        // Where nothing came through, looking again at once would find the same.
        purged.more = purged.users > 0;
        Ok(purged)
    }

    /// None of them lives, the epoch has passed; but they say from where and with what somebody came.
    async fn forget_sessions_of(&self, user: &User) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let sessions = self.repository.sessions_of(user.id()).await?;
            if sessions.is_empty() {
                return Ok(forgotten);
            }
            for session in &sessions {
                match self.repository.forget_session(session).await {
                    Ok(()) => forgotten += 1,
                    Err(StoreError::Stale { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}
