//! What may be done with notes.

use palisade::product::MountFailure;
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{AuthenticatedUser, Granted, Owned as _, Reach, UserId};
use palisade_core::input::{EventId, Listening, Nothing, Repeatable};
use palisade_core::output::{Event, EventName, Events, Feed};
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_core::values::Id as _;
use palisade_lib::repeats::{Repeats, Request};
use palisade_lib::store::Stored;
use palisade_modules::product::{Attempt, MailLink, Progress, Resources, Staged};

use super::repository::Repository;
use super::schema::Note;
use super::types::{
    CreateNote, ListNotes, ListNotesOf, NoteId, NotePath, NoteReadAny, NoteView, SHELF_FULL, ShelfFull,
};
use crate::settings::NotesSettings;

const WRITTEN: EventName = EventName::new("note.written");

/// The notes that a listener can be behind.
const BEHIND: usize = 64;

/// Notes. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service {
    repository: Repository,
    resources: Resources,
    settings: NotesSettings,
    repeats: Repeats,
    /// New notes, for their owners.
    feed: Feed<UserId, NoteView>,
}

impl Service {
    /// Notes in the store of these resources.
    ///
    /// # Errors
    /// If the product does not list the collections or the settings of notes.
    pub fn new(resources: &Resources) -> Result<Self, MountFailure> {
        let settings = resources.settings::<NotesSettings>()?.clone();
        Ok(Self {
            repository: Repository::new(resources.documents())?,
            resources: resources.clone(),
            settings,
            repeats: Repeats::new(resources.documents())?,
            feed: Feed::new(BEHIND),
        })
    }

    /// Writes a note of the caller. The last one that has room causes a mail.
    ///
    /// # Errors
    /// 409 if the caller has as many notes as possible, or if the request was carried out and its note is deleted; 422 if its key
    /// belongs to another request; 503 if others keep writing, or when the store is down.
    pub async fn create(
        &self,
        caller: AuthenticatedUser,
        Repeatable { input, key }: Repeatable<CreateNote>,
    ) -> Result<NoteView, AppError> {
        let (owner, most) = (caller.user_id(), self.settings.notes_max.get());
        let attempt = || async {
            let recording = match self.repeats.look_up(key.as_ref()).await? {
                Request::Repeated(id) => return self.written(&id).await.map(Attempt::Done),
                Request::New(recording) => recording,
            };
            let shelf = self.repository.shelf(owner).await?;
            let count = shelf.as_ref().map_or(0, |shelf| shelf.value().notes).saturating_add(1);
            if count > most {
                return Err(AppError::new(&SHELF_FULL));
            }
            let mail = if count == most { self.shelf_full(&caller, count)? } else { Staged::nothing() };
            let id = NoteId::generate(self.resources.clock().as_ref(), self.resources.rng().as_ref());
            let note = Note { owner, text: input.text.clone(), pinned: input.pinned.unwrap_or(false) };
            match self.repository.add((id, note), shelf.as_ref(), recording, mail).await {
                Ok(written) => self.published(written).map(Attempt::Done),
                Err(error) => Attempt::unless_raced(error),
            }
        };
        self.resources.decide(attempt).await
    }

    fn published(&self, written: Option<Stored<Note>>) -> Result<NoteView, AppError> {
        let note = written.ok_or_else(|| AppError::internal("a note that was written is missing"))?;
        self.feed.publish(&note.owner(), &event(view(&note))?);
        Ok(view(&note))
    }

    /// The note that a request has written before.
    async fn written(&self, id: &str) -> Result<NoteView, AppError> {
        let id = NoteId::parse(id).ok_or_else(|| AppError::internal("a request created something else"))?;
        let note = self.repository.get(id).await?;
        let gone = || AppError::new(&codes::CONFLICT).with_message("This note was written and deleted since");
        note.map(|note| view(&note)).ok_or_else(gone)
    }

    fn shelf_full(&self, owner: &AuthenticatedUser, count: u32) -> Result<Staged, AppError> {
        let link = MailLink::parse("/notes").map_err(|violation| AppError::internal(violation.message))?;
        self.resources.mails().to_user(&owner.user_id(), ShelfFull { count: count.into(), link })
    }

    /// The notes of the caller as they are written; first those that were written since the last one that the client has, if it
    /// is among the newest.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn listen(
        &self,
        caller: AuthenticatedUser,
        Listening { seat, last_event_id, .. }: Listening<Nothing>,
    ) -> Result<Events<NoteView>, AppError> {
        // Listens first: what is written meanwhile is in the feed.
        let events = self.feed.listen(seat, caller.user_id());
        let Some(last) = last_event_id else { return Ok(events) };
        let newest = self.repository.of(caller.user_id(), &PageRequest::default()).await?.items;
        let since = newest.iter().map(view).take_while(|note| note.id.to_string() != last.as_str());
        let missed: Vec<Event<NoteView>> = since.map(event).collect::<Result<_, _>>()?;
        Ok(events.after(missed.into_iter().rev()))
    }

    /// A page of the notes of the caller, or of everybody for who may read them, newest first.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn list(&self, by: Reach<NoteReadAny>, input: ListNotes) -> Result<Page<NoteView>, AppError> {
        Ok(self.repository.list(&by, &input.page).await?.map(|note| view(&note)))
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
        Ok(self.repository.of(input.id, &input.page).await?.map(|note| view(&note)))
    }

    /// Deletes a note of the caller.
    ///
    /// # Errors
    /// 404 if the caller has no such note; 503 if others keep writing, or when the store is down.
    pub async fn delete(&self, caller: AuthenticatedUser, input: NotePath) -> Result<(), AppError> {
        let attempt = || async {
            let note = self.repository.get(input.id).await?;
            let note = note.filter(|note| note.owner() == caller.user_id());
            self.remove(&note.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?).await
        };
        self.resources.decide(attempt).await
    }

    /// Deletes a page of the notes that are older than they may become.
    ///
    /// # Errors
    /// 503 when the store is down; what was deleted until then stays deleted.
    pub async fn tidy(&self) -> Result<Progress, AppError> {
        let oldest = self.resources.documents().now().minus(self.settings.notes_kept.get());
        let page = self.repository.before(oldest).await?;
        for note in &page.items {
            // A note that somebody writes or deletes at this moment is left to the next run.
            self.remove(note).await?;
        }
        Ok(if page.next.is_some() { Progress::More } else { Progress::Done })
    }

    async fn remove(&self, note: &Stored<Note>) -> Result<Attempt<()>, AppError> {
        let shelf = self.repository.shelf(note.owner()).await?;
        match self.repository.delete(note, shelf.as_ref()).await {
            Ok(()) => Ok(Attempt::Done(())),
            Err(error) => Attempt::unless_stale(error),
        }
    }
}

fn view(note: &Stored<Note>) -> NoteView {
    let Note { text, pinned, .. } = note.value().clone();
    NoteView { id: *note.id(), text, pinned, created_at: note.created_at() }
}

fn event(note: NoteView) -> Result<Event<NoteView>, AppError> {
    let id =
        EventId::parse(&note.id.to_string()).map_err(|violation| AppError::internal(violation.message))?;
    Ok(Event::new(note).named(WRITTEN).with_id(id))
}
