//! The queries about a store that is a copy.

use palisade_core::system::time::Timestamp;
use palisade_lib::store::{Batch, Collection, Source, Store, StoreError, Stored};

use super::schema::{Arrival, ArrivalKey};
use super::types::DeploymentError;
use crate::staged::Staged;

/// Refuses a source that is an unfinished copy, or a backup: a restore puts that into a store.
pub(super) async fn refuse_half(source: &Source) -> Result<(), DeploymentError> {
    match arrival_in(source).await? {
        Some(Arrival { backup_of: Some(_), .. }) => Err(DeploymentError::Backup),
        Some(Arrival { finished_at: None, source, .. }) => {
            Err(DeploymentError::UnfinishedSource { source_name: source })
        }
        _ => Ok(()),
    }
}

/// Refuses a source that is an unfinished copy.
pub(super) async fn refuse_half_a_copy(source: &Source) -> Result<(), DeploymentError> {
    match arrival_in(source).await? {
        Some(Arrival { finished_at: None, backup_of: None, source, .. }) => {
            Err(DeploymentError::UnfinishedSource { source_name: source })
        }
        _ => Ok(()),
    }
}

async fn arrival_in(source: &Source) -> Result<Option<Arrival>, StoreError> {
    Ok(source.get::<Arrival>(&ArrivalKey).await?.map(Stored::into_value))
}

/// The note about a copy.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    store: Store,
    arrivals: Collection<Arrival>,
}

impl Repository {
    pub(super) fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { store: store.clone(), arrivals: store.collection()? })
    }

    pub(super) async fn arrival(&self) -> Result<Option<Stored<Arrival>>, StoreError> {
        self.arrivals.get(&ArrivalKey).await
    }

    /// Claims the store for a copy, replacing an earlier note. Of two concurrent copies, one succeeds.
    pub(super) async fn begin(
        &self,
        earlier: Option<&Stored<Arrival>>,
        source: String,
    ) -> Result<(), StoreError> {
        let arrival = Arrival { source, began_at: self.store.now(), finished_at: None, backup_of: None };
        self.store
            .commit(match earlier {
                Some(earlier) => Batch::new().replace(earlier, arrival),
                None => Batch::new().insert(&ArrivalKey, arrival),
            })
            .await
            .map(drop)
    }

    /// Returns the store to its earlier state.
    pub(super) async fn give_up(&self) -> Result<(), StoreError> {
        match self.arrival().await? {
            Some(arrival) => self.store.commit(Batch::new().remove(&arrival)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Records that a backup is complete.
    pub(super) async fn finish_backup(&self, of: Timestamp) -> Result<(), StoreError> {
        if let Some(arrival) = self.arrival().await? {
            let finished = Arrival { backup_of: Some(of), ..arrival.value().clone() };
            self.store.commit(Batch::new().replace(&arrival, finished)).await?;
        }
        Ok(())
    }

    /// Lets servers use the store, with the event of what filled it.
    pub(super) async fn finish(&self, event: Staged) -> Result<Timestamp, StoreError> {
        let now = self.store.now();
        if let Some(arrival) = self.arrival().await? {
            let finished = Arrival { finished_at: Some(now), ..arrival.value().clone() };
            self.store.commit(Batch::from(event).replace(&arrival, finished)).await?;
        }
        Ok(now)
    }
}
