//! The queries about keys. There are few keys: all are read, and every write is based on a read.

use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_lib::store::{Batch, Collection, Oldest, Query, Store, StoreError, Stored};

use super::schema::{Key, KeyName};
use crate::staged::Staged;

/// One change of the stored keys.
#[derive(Debug)]
pub(super) enum Change<'a> {
    /// A new key.
    Add(KeyName, Key),
    /// A new value for a key, if it still is the one that was read.
    Replace(&'a Stored<Key>, Key),
    /// A key that is no longer needed.
    Delete(&'a Stored<Key>),
}

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

    /// The store's clock, which dates all writes.
    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Makes these changes, all or nothing. Fails as stale if a key changed since the read, and as a duplicate if
    /// a key has a new name already.
    pub(super) async fn change(&self, changes: Vec<Change<'_>>) -> Result<(), StoreError> {
        self.change_by(changes, Staged::nothing()).await
    }

    /// The same with the event that reports it.
    pub(super) async fn change_by(&self, changes: Vec<Change<'_>>, event: Staged) -> Result<(), StoreError> {
        self.store.commit(batch(changes).merge(event.into())).await.map(drop)
    }

    /// These changes, so that a repository of another module can commit them together with its own.
    pub(super) fn stage(changes: Vec<Change<'_>>) -> Staged {
        batch(changes).into()
    }

    /// Records that a key was given up, so that no other key ever gets its name.
    pub(super) async fn add_deleted(&self, name: &KeyName, key: Key) -> Result<(), StoreError> {
        let commit = self.store.commit(Batch::new().insert(name, key.clone())).await?;
        match commit.stored(name, key) {
            Some(stored) => self.store.commit(Batch::new().delete(&stored)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Removes a key that was deleted this long ago. Fails as stale if another instance removed it.
    pub(super) async fn purge(&self, read: &Stored<Key>, retention: Duration) -> Result<(), StoreError> {
        self.store.commit(Batch::new().purge(read, retention)).await.map(drop)
    }

    /// All keys, the oldest first.
    pub(super) async fn all(&self) -> Result<Vec<Stored<Key>>, StoreError> {
        self.every(|| Key::ALL.all()).await
    }

    /// All keys, including deleted ones that are not purged yet.
    pub(super) async fn all_ever(&self) -> Result<Vec<Stored<Key>>, StoreError> {
        self.every(|| Key::ALL.all().including_deleted()).await
    }

    /// A page of the keys that were deleted before this time.
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

fn batch(changes: Vec<Change<'_>>) -> Batch {
    changes.into_iter().fold(Batch::new(), |batch, change| match change {
        Change::Add(name, key) => batch.insert(&name, key),
        Change::Replace(read, key) => batch.replace(read, key),
        Change::Delete(read) => batch.delete(read),
    })
}
