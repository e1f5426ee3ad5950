//! What is asked of the store about keys. There are few: all are read, and every write is staged on what was read.

use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_lib::store::{Batch, Collection, Commit, Oldest, Query, Store, StoreError, Stored};

use super::schema::{Key, KeyName};

/// The collection of keys.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    store: Store,
    keys: Collection<Key>,
}

impl Repository {
    pub(super) fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { store: store.clone(), keys: store.collection()? })
    }

    /// The store's clock: what is written about times is said by it.
    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Writes a decision, all or nothing.
    pub(super) async fn commit(&self, batch: Batch) -> Result<Commit, StoreError> {
        self.store.commit(batch).await
    }

    /// All keys, the oldest first.
    pub(super) async fn all(&self) -> Result<Vec<Stored<Key>>, StoreError> {
        self.every(|| Key::ALL.all()).await
    }

    /// All keys, and those that were deleted and not yet purged.
    pub(super) async fn all_ever(&self) -> Result<Vec<Stored<Key>>, StoreError> {
        self.every(|| Key::ALL.all().including_deleted()).await
    }

    /// A page of the keys that were deleted before this moment.
    pub(super) async fn deleted_before(
        &self,
        moment: Timestamp,
        page: &PageRequest,
    ) -> Result<Page<Stored<Key>>, StoreError> {
        self.keys.deleted_before(moment).page(page).await
    }

    async fn every(&self, query: impl Fn() -> Query<Key, Oldest>) -> Result<Vec<Stored<Key>>, StoreError> {
        let (mut keys, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.keys.find(query()).page(&PageRequest::new(PageSize::MAX, cursor)).await?;
            keys.extend(page.items);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(keys),
            }
        }
    }
}

/// A new key.
pub(super) fn add(name: &KeyName, key: Key) -> Batch {
    Batch::new().insert(name, key)
}

/// Another value for a key, if it still is what was read.
pub(super) fn change(read: &Stored<Key>, key: Key) -> Batch {
    Batch::new().replace(read, key)
}

/// A key that nobody will ask for again.
pub(super) fn purge(read: &Stored<Key>, retention: Duration) -> Batch {
    Batch::new().purge(read, retention)
}

/// A key that is no longer wanted.
pub(super) fn delete(read: &Stored<Key>) -> Batch {
    Batch::new().delete(read)
}
