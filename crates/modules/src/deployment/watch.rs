//! A running server looks whether the store still is the one it was started on. A copy or a restore fills it anew, somebody
//! drops the database: what this process holds in memory (the root key, the peppers) then belongs to another store, and what
//! it writes would be lost or unreadable. Until everything is as it was, it neither reads nor writes.

use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_lib::store::{Store, StoreError};

use super::service::copy_state;
use super::types::CopyState;
use crate::keys;

/// How often it looks. A restore waits longer than this before it touches anything.
const EVERY: Duration = Duration::from_secs(1);

/// Why the store is withheld: what whoever asks for it is told, and the log.
const FILLED: &str =
    "the store is being filled from a copy or a backup: this server waits until that is done";
const OTHER: &str = "the keys in the store are not those this server was started with: the database was dropped, replaced, or \
                     filled from another deployment; restart the server on what is there now, or put back what was";

/// Watches over the store of a running server.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Sees the store also while it is withheld from everybody else.
    beside: Store,
    store: Store,
    keys: keys::Service,
    known: Vec<(String, Timestamp)>,
    withheld: Option<&'static str>,
}

impl Watch {
    /// Knows the store by the keys that are in it now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn begin(store: &Store, keys: keys::Service) -> Result<Self, StoreError> {
        let beside = store.beside();
        let known = keys::lasting(&beside).await?;
        Ok(Self { beside, store: store.clone(), keys, known, withheld: None })
    }

    /// Looks every second until the process ends.
    pub(crate) async fn keep_watching(mut self) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.look().await;
        }
    }

    /// Looks once.
    pub(crate) async fn look(&mut self) {
        let found = match self.reason().await {
            Ok(found) => found,
            // A store that is away says nothing about whose it is.
            Err(StoreError::Unavailable { .. }) => return,
            Err(error) => {
                tracing::warn!(%error, "could not look whose the store is");
                return;
            }
        };
        if found == self.withheld {
            return;
        }
        if let Some(reason) = found {
            tracing::error!("{reason}");
        } else {
            tracing::warn!("the store is used again");
        }
        self.store.withhold(found);
        self.withheld = found;
        if found.is_none()
            && let Err(error) = self.keys.refresh().await
        {
            tracing::warn!(%error, "could not read the keys after the store was filled");
        }
    }

    async fn reason(&self) -> Result<Option<&'static str>, StoreError> {
        if let Some(CopyState { finished_at: None, .. }) = copy_state(&self.beside).await? {
            return Ok(Some(FILLED));
        }
        Ok(if keys::lasting(&self.beside).await? == self.known { None } else { Some(OTHER) })
    }
}
