//! The queries and writes about notes. Every write is one decision, all or nothing.

use std::time::Duration;

use palisade_core::identity::UserId;
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_lib::store::{Batch, Collection, Documents, StoreError, Stored};

use super::schema::{Note, Shelf};
use super::types::NoteId;

#[derive(Clone, Debug)]
pub(super) struct Repository {
    documents: Documents,
    notes: Collection<Note>,
    shelves: Collection<Shelf>,
}

impl Repository {
    pub(super) fn new(documents: &Documents) -> Result<Self, StoreError> {
        Ok(Self {
            documents: documents.clone(),
            notes: documents.collection()?,
            shelves: documents.collection()?,
        })
    }

    pub(super) async fn get(&self, id: NoteId) -> Result<Option<Stored<Note>>, StoreError> {
        self.notes.get(&id).await
    }

    pub(super) async fn shelf(&self, owner: UserId) -> Result<Option<Stored<Shelf>>, StoreError> {
        self.shelves.get(&owner).await
    }

    /// A page of the notes of a user, newest first.
    pub(super) async fn of(
        &self,
        owner: UserId,
        page: &PageRequest,
    ) -> Result<Page<Stored<Note>>, StoreError> {
        self.notes.find(Note::BY_OWNER.matching(&owner)).page(page).await
    }

    /// A new note, which is counted. [`StoreError::Stale`] or [`StoreError::Duplicate`] if the shelf has changed since it was
    /// read.
    pub(super) async fn add(
        &self,
        id: NoteId,
        note: Note,
        shelf: Option<&Stored<Shelf>>,
    ) -> Result<Option<Stored<Note>>, StoreError> {
        let batch = Batch::new().insert(&id, note.clone());
        let batch = match shelf {
            Some(shelf) => batch.replace(shelf, Shelf { notes: shelf.value().notes.saturating_add(1) }),
            None => batch.insert(&note.owner, Shelf { notes: 1 }),
        };
        Ok(self.documents.commit(batch).await?.stored(&id, note))
    }

    /// Deletes a note, which is no longer counted. [`StoreError::Stale`] if either has changed since it was read.
    pub(super) async fn delete(
        &self,
        note: &Stored<Note>,
        shelf: Option<&Stored<Shelf>>,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::new().delete(note);
        if let Some(shelf) = shelf {
            batch = batch.replace(shelf, Shelf { notes: shelf.value().notes.saturating_sub(1) });
        }
        self.documents.commit(batch).await.map(drop)
    }

    /// A page of the notes that were deleted longer ago than this.
    pub(super) async fn deleted(&self, retention: Duration) -> Result<Page<Stored<Note>>, StoreError> {
        let before = self.documents.now().minus(retention);
        self.notes.deleted_before(before).page(&PageRequest::default()).await
    }

    /// Removes a deleted note for good.
    pub(super) async fn purge(&self, note: &Stored<Note>, retention: Duration) -> Result<(), StoreError> {
        self.documents.commit(Batch::new().purge(note, retention)).await.map(drop)
    }
}
