//! Whether a store is a copy of another one, and how far that has come.

use palisade_lib::store::{Store, StoreError};

use crate::deployment::repository::Repository;
use crate::deployment::schema::{Arrival, COLLECTION};
use crate::deployment::types::CopyState;

/// The state of the copy, if the store is one.
pub(crate) async fn copy_state(store: &Store) -> Result<Option<CopyState>, StoreError> {
    // A store from an earlier release has no such collection.
    if !store.has(COLLECTION).await? {
        return Ok(None);
    }
    let arrival = Repository::new(store)?.arrival().await?;
    Ok(arrival.map(|arrival| {
        let Arrival { source, began_at, finished_at, backup_of } = arrival.into_value();
        CopyState { source, began_at, finished_at, backup_of }
    }))
}
