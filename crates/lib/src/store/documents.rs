//! The documents of a store, for code that keeps data and does not look after the store.

use palisade_core::system::time::Timestamp;

use super::batch::{Batch, Commit};
use super::collection::Collection;
use super::document::Document;
use super::handle::Store;
use crate::engine::StoreError;

/// Reads and writes of documents. It has none of the upkeep of a [`Store`]: it cannot clear a collection, withhold the store
/// or take another cursor key. Clones share the store.
///
/// It opens no collection whose type its holder cannot name.
#[derive(Clone, Debug)]
pub struct Documents(Store);

impl Documents {
    /// The documents of this store.
    pub fn of(store: &Store) -> Self {
        Self(store.clone())
    }

    /// The collection of this type.
    ///
    /// # Errors
    /// [`StoreError::Undeclared`] when the store was opened without this type.
    pub fn collection<T: Document>(&self) -> Result<Collection<T>, StoreError> {
        self.0.collection()
    }

    /// Writes a batch: all of it, durably, or nothing.
    ///
    /// # Errors
    /// Those of [`Store::commit`].
    pub async fn commit(&self, batch: Batch) -> Result<Commit, StoreError> {
        self.0.commit(batch).await
    }

    /// The store's clock, which dates every write.
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }
}
