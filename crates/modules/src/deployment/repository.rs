//! What is asked of a store about its being a copy.

use palisade_core::utils::time::Timestamp;
use palisade_lib::store::{Batch, Collection, Source, Store, StoreError, Stored};

use super::schema::{Arrival, ArrivalKey};

/// What a source is a copy of, when it is one that is not whole yet.
pub(super) async fn unfinished_in(source: &Source) -> Result<Option<String>, StoreError> {
    let arrival = source.get::<Arrival>(&ArrivalKey).await?.map(Stored::into_value);
    Ok(arrival.filter(|arrival| arrival.finished_at.is_none()).map(|arrival| arrival.source))
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

    /// Claims the store for a copy, in the place of an earlier note. Of two that begin at once, one comes through.
    pub(super) async fn begin(
        &self,
        earlier: Option<&Stored<Arrival>>,
        source: String,
    ) -> Result<(), StoreError> {
        let arrival = Arrival { source, began_at: self.store.now(), finished_at: None };
        self.store
            .commit(match earlier {
                Some(earlier) => Batch::new().replace(earlier, arrival),
                None => Batch::new().insert(&ArrivalKey, arrival),
            })
            .await
            .map(drop)
    }

    /// Gives the store back as it was.
    pub(super) async fn give_up(&self) -> Result<(), StoreError> {
        match self.arrival().await? {
            Some(arrival) => self.store.commit(Batch::new().remove(&arrival)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Lets servers use the store.
    pub(super) async fn finish(&self) -> Result<Timestamp, StoreError> {
        let now = self.store.now();
        if let Some(arrival) = self.arrival().await? {
            let finished = Arrival { finished_at: Some(now), ..arrival.value().clone() };
            self.store.commit(Batch::new().replace(&arrival, finished)).await?;
        }
        Ok(now)
    }
}
