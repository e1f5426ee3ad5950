//! The queries and writes about notes. Every write is one decision, all or nothing.

use palisade_core::identity::{Reach, Scope, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_lib::repeats::Recording;
use palisade_lib::store::{Batch, Collection, Documents, StoreError, Stored};
use palisade_modules::product::Staged;

use super::schema::{Note, Shelf};
use super::types::{NoteId, NoteReadAny};

#[derive(Clone, Debug)]
pub(super) struct Repository {
    documents: Documents,
    notes: Collection<Note>,
    shelves: Collection<Shelf>,
}

impl Repository {
    pub(super) fn new(documents: &Documents) -> Result<Self, StoreError> {
        let (notes, shelves) = (documents.collection()?, documents.collection()?);
        Ok(Self { documents: documents.clone(), notes, shelves })
    }

    pub(super) async fn get(&self, id: NoteId) -> Result<Option<Stored<Note>>, StoreError> {
        self.notes.get(&id).await
    }

    pub(super) async fn shelf(&self, owner: UserId) -> Result<Option<Stored<Shelf>>, StoreError> {
        self.shelves.get(&owner).await
    }

    /// A page of the notes within reach, newest first.
    pub(super) async fn list(
        &self,
        by: &Reach<NoteReadAny>,
        page: &PageRequest,
    ) -> Result<Page<Stored<Note>>, StoreError> {
        let query = match by.scope() {
            Scope::Own(owner) => Note::BY_OWNER.matching(&owner),
            Scope::Everybody => Note::NEWEST.all(),
        };
        self.notes.find(query).page(page).await
    }

    /// A page of the notes of a user, newest first.
    pub(super) async fn of(
        &self,
        owner: UserId,
        page: &PageRequest,
    ) -> Result<Page<Stored<Note>>, StoreError> {
        self.notes.find(Note::BY_OWNER.matching(&owner)).page(page).await
    }

    /// A page of the notes that nobody pinned, from before this time, the oldest first.
    pub(super) async fn before(&self, time: Timestamp) -> Result<Page<Stored<Note>>, StoreError> {
        self.notes.find(Note::BY_AGE.matching(&false).below(&time)).page(&PageRequest::default()).await
    }

    /// A new note, which is counted, the record of its request, and the mail that it causes.
    pub(super) async fn add(
        &self,
        (id, note): (NoteId, Note),
        shelf: Option<&Stored<Shelf>>,
        recording: Recording,
        mail: Staged,
    ) -> Result<Option<Stored<Note>>, StoreError> {
        let batch = recording.of(&id).merge(mail.into()).insert(&id, note.clone());
        let batch = match shelf {
            Some(shelf) => batch.replace(shelf, Shelf { notes: shelf.value().notes.saturating_add(1) }),
            None => batch.insert(&note.owner, Shelf { notes: 1 }),
        };
        Ok(self.documents.commit(batch).await?.stored(&id, note))
    }

    /// Deletes a note, which is no longer counted.
    pub(super) async fn delete(
        &self,
        note: &Stored<Note>,
        shelf: Option<&Stored<Shelf>>,
    ) -> Result<(), StoreError> {
        let fewer = |shelf: &Stored<Shelf>| Shelf { notes: shelf.value().notes.saturating_sub(1) };
        let batch = Batch::new().delete(note);
        let batch = shelf.into_iter().fold(batch, |batch, shelf| batch.replace(shelf, fewer(shelf)));
        self.documents.commit(batch).await.map(drop)
    }
}
