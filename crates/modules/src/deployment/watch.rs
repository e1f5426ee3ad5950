//! A running server checks whether the store still is the one that it was started on. A copy or a restore may fill
//! it again, or somebody may drop the database: the keys in this process's memory (the root key, the peppers) then
//! belong to another store, and its writes would be lost or unreadable. Until everything is as before, it neither
//! reads nor writes.

use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_lib::store::{Store, StoreError};

use super::service::copy_state;
use super::types::CopyState;
use crate::keys;

/// How often it checks. A restore waits longer than this before it changes anything.
const EVERY: Duration = Duration::from_secs(1);

/// Why the store is withheld: the text for callers and for the log.
const FILLED: &str =
    "the store is being filled from a copy or a backup: this server waits until that is done";
const OTHER: &str = "the keys in the store are not those that this server was started with: the database was dropped, replaced, or \
                     filled from another deployment; restart the server on the current content, or put the old content back";

/// Watches the store of a running server.
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
    /// Identifies the store by its current keys.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn begin(store: &Store, keys: keys::Service) -> Result<Self, StoreError> {
        let beside = store.for_maintenance();
        let known = keys::lasting(&beside).await?;
        Ok(Self { beside, store: store.clone(), keys, known, withheld: None })
    }

    /// Checks every second until the process ends.
    pub(crate) async fn keep_watching(mut self) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.look().await;
        }
    }

    /// Checks once.
    pub(crate) async fn look(&mut self) {
        let found = match self.reason().await {
            Ok(found) => found,
            // A store that is down says nothing about its identity.
            Err(StoreError::Unavailable { .. }) => return,
            Err(error) => {
                tracing::warn!(%error, "could not check the identity of the store");
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
