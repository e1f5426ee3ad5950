//! What may be done with notes.

use std::sync::Arc;
use std::time::Duration;

use palisade::product::MountFailure;
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{AuthenticatedUser, Granted};
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::pagination::Page;
use palisade_core::values::Id as _;
use palisade_lib::store::{StoreError, Stored};
use palisade_modules::product::Resources;

use crate::settings::NotesSettings;

use super::repository::Repository;
use super::schema::Note;
use super::types::{CreateNote, ListNotes, ListNotesOf, NoteId, NotePath, NoteReadAny, NoteView, SHELF_FULL};

/// How often a decision is made again when another request was faster.
const ATTEMPTS: u32 = 8;

/// Notes. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service {
    repository: Repository,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    /// How many notes a user can have.
    most: u32,
}

impl Service {
    /// Notes in the store of these resources.
    ///
    /// # Errors
    /// If the product does not list the collections or the settings of notes.
    pub fn new(resources: &Resources) -> Result<Self, MountFailure> {
        let most = resources.settings::<NotesSettings>()?.notes_max.get();
        let repository = Repository::new(resources.documents())?;
        Ok(Self { repository, clock: resources.clock(), rng: resources.rng(), most })
    }

    /// Writes a note of the caller.
    ///
    /// # Errors
    /// 409 if the caller has as many notes as possible; 503 if others keep writing, or when the store is down.
    pub async fn create(&self, caller: AuthenticatedUser, input: CreateNote) -> Result<NoteView, AppError> {
        let owner = caller.user_id();
        for _ in 0..ATTEMPTS {
            let shelf = self.repository.shelf(owner).await?;
            if shelf.as_ref().is_some_and(|shelf| shelf.value().notes >= self.most) {
                return Err(AppError::new(&SHELF_FULL));
            }
            let id = NoteId::generate(self.clock.as_ref(), self.rng.as_ref());
            let note = Note { owner, text: input.text.clone() };
            match self.repository.add(id, note, shelf.as_ref()).await {
                Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => {}
                written => return view_of(written?),
            }
        }
        Err(contended())
    }

    /// A page of the notes of the caller, newest first.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn list(
        &self,
        caller: AuthenticatedUser,
        input: ListNotes,
    ) -> Result<Page<NoteView>, AppError> {
        let page = self.repository.of(caller.user_id(), &input.page).await?;
        Ok(page.map(|note| view(&note)))
    }

    /// A page of the notes of a user, newest first. It is empty for a user who does not exist, too.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn list_of(
        &self,
        _by: Granted<NoteReadAny>,
        input: ListNotesOf,
    ) -> Result<Page<NoteView>, AppError> {
        let page = self.repository.of(input.id, &input.page).await?;
        Ok(page.map(|note| view(&note)))
    }

    /// Removes for good notes that were deleted longer ago than this. Returns whether there may be more.
    ///
    /// # Errors
    /// 503 when the store is down; what was removed until then stays removed.
    pub async fn purge(&self, retention: Duration) -> Result<bool, AppError> {
        let page = self.repository.deleted(retention).await?;
        for note in &page.items {
            match self.repository.purge(note, retention).await {
                // It is restored, or another instance removed it.
                Err(StoreError::Stale { .. }) | Ok(()) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(page.next.is_some())
    }

    /// Deletes a note of the caller.
    ///
    /// # Errors
    /// 404 if the caller has no such note; 503 if others keep writing, or when the store is down.
    pub async fn delete(&self, caller: AuthenticatedUser, input: NotePath) -> Result<(), AppError> {
        for _ in 0..ATTEMPTS {
            let note = self.repository.get(input.id).await?;
            let note = note.filter(|note| note.value().owner == caller.user_id());
            let note = note.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
            let shelf = self.repository.shelf(caller.user_id()).await?;
            match self.repository.delete(&note, shelf.as_ref()).await {
                Err(StoreError::Stale { .. }) => {}
                deleted => return Ok(deleted?),
            }
        }
        Err(contended())
    }
}

fn view_of(note: Option<Stored<Note>>) -> Result<NoteView, AppError> {
    note.map(|note| view(&note)).ok_or_else(|| AppError::internal("a note that was written is missing"))
}

fn view(note: &Stored<Note>) -> NoteView {
    NoteView { id: *note.id(), text: note.value().text.clone(), created_at: note.created_at() }
}

fn contended() -> AppError {
    AppError::unavailable(Duration::from_secs(1), "other requests of the user were always faster")
}
