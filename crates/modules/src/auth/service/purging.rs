//! Removes users for good whose deletion is long enough ago, with everything that belongs to them.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::utils::pagination::{PageRequest, PageSize};
use palisade_lib::store::StoreError;

use crate::auth::repository::Repository;
use crate::user::{self, User};

/// The result of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purged {
    /// The number of removed users.
    pub(crate) users: u64,
    /// The number of sessions removed with them.
    pub(crate) sessions: u64,
    /// The number of documents of the product removed with them.
    pub(crate) documents: u64,
    /// Whether more may be left.
    pub(crate) more: bool,
}

/// Purges users.
#[derive(Debug)]
pub(crate) struct UserPurge {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) users: user::Service,
}

impl UserPurge {
    /// Removes at most a page of users whose retention has passed: first their sessions, their API keys and
    /// what a product keeps of them, then the users themselves together with their claims. After an interruption the next call continues.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn step(&self, retention: Duration) -> Result<Purged, StoreError> {
        let (mut purged, mut failed) = (Purged::default(), None);
        for user in &self.users.due_for_purge(retention).await? {
            purged.sessions += self.forget_sessions_of(user).await?;
            self.forget_api_keys_of(user).await?;
            purged.documents += self.remove_documents_of(user).await?;
            match self.users.purge(user, retention).await {
                Ok(()) => purged.users += 1,
                // Restored, or purged by another instance; or an event ended meanwhile, and the next run tries again.
                Err(StoreError::Stale { .. }) => {}
                Err(error @ StoreError::Unavailable { .. }) => return Err(error),
                // One user who cannot be removed keeps nobody else.
                Err(error) => failed = Some(error),
            }
        }
        if let (0, Some(error)) = (purged.users, failed) {
            return Err(error);
        }
        // If nothing could be removed, another look at once would find the same.
        purged.more = purged.users > 0;
        Ok(purged)
    }

    async fn remove_documents_of(&self, user: &User) -> Result<u64, StoreError> {
        let mut documents = 0;
        loop {
            let removed = self.repository.remove_owned_by(user.id()).await?;
            documents += removed.documents;
            if !removed.more {
                return Ok(documents);
            }
        }
    }

    /// None of the keys opens anything without its owner; but the user chose their names.
    async fn forget_api_keys_of(&self, user: &User) -> Result<(), StoreError> {
        loop {
            let page = PageRequest::new(PageSize::MAX, None);
            let keys = self.repository.list_api_keys(Some(user.id()), &page).await?.items;
            if keys.is_empty() {
                return Ok(());
            }
            for key in &keys {
                match self.repository.forget_api_key(key).await {
                    Ok(()) | Err(StoreError::Stale { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// None of the sessions is live, since the epoch has changed; but they contain addresses and user agents.
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
