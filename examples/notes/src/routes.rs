//! The routes of notes, declarations only.

use palisade::product::MountFailure;
use palisade_core::errors::{AppError, Code, codes};
use palisade_core::health::Health;
use palisade_core::identity::{AuthenticatedUser, Granted, Reach};
use palisade_core::input::{Listeners, Listening, Nothing, Repeatable};
use palisade_core::limits::{NORMAL, Policy, Quota};
use palisade_core::output::{Created, Empty, Events, Paginated, Success};
use palisade_core::routes::{Mount, Routes, delete, get, post};
use palisade_modules::product::Resources;

use crate::notes::Service;
use crate::settings::NotesSettings;

use crate::notes::types::{CreateNote, ListNotes, ListNotesOf, NotePath, NoteReadAny, NoteView, SHELF_FULL};

/// Writing notes. `RATE_LIMIT_NOTES_WRITE` and `RATE_LIMIT_NOTES_WRITE_USER` set its numbers.
const WRITE: Policy = Policy::normal("notes-write").user("user", Quota::of(60, 60));

/// How many users listen to their notes at once, in all of their places.
const LISTENERS: u32 = 10_000;

const CREATING: &[&Code] = &[&SHELF_FULL];
const DELETING: &[&Code] = &[&codes::NOT_FOUND];

pub(crate) fn mount(resources: &Resources, _: &Health) -> Result<Mount, MountFailure> {
    let notes = Service::new(resources)?;
    let of_a_user = resources.settings::<NotesSettings>()?.notes_listeners.get();
    let listeners = Listeners::at_most(of_a_user, LISTENERS);
    let routes = Routes::new()
        .add(
            post("/notes")
                .limit(WRITE)
                .session()
                .input::<CreateNote>()
                .repeatable()
                .handle(create)
                .summary("Write a note.")
                .errors(CREATING),
        )
        .add(
            get("/notes")
                .limit(NORMAL)
                .owner_or::<NoteReadAny>()
                .input::<ListNotes>()
                .handle(list)
                .summary("The notes of the caller, or of everybody for who may read them, newest first."),
        )
        .add(
            get("/notes/events")
                .limit(NORMAL)
                .session()
                .no_input()
                .listeners(listeners)
                .handle(listen)
                .summary("Notes of the caller as they are written."),
        )
        .add(
            get("/users/{id}/notes")
                .limit(NORMAL)
                .requires::<NoteReadAny>()
                .key()
                .input::<ListNotesOf>()
                .handle(list_of)
                .summary("The notes of a user, newest first."),
        )
        .add(
            delete("/notes/{id}")
                .limit(WRITE)
                .session()
                .input::<NotePath>()
                .handle(remove)
                .summary("Delete a note of the caller.")
                .errors(DELETING),
        );
    Ok(Mount::new().at("/api/v1", routes, notes))
}

async fn create(
    notes: Service,
    caller: AuthenticatedUser,
    input: Repeatable<CreateNote>,
) -> Result<Created<NoteView>, AppError> {
    Ok(Created::new(notes.create(caller, input).await?))
}

async fn list(
    notes: Service,
    by: Reach<NoteReadAny>,
    input: ListNotes,
) -> Result<Paginated<NoteView>, AppError> {
    Ok(Paginated::new(notes.list(by, input).await?))
}

async fn listen(
    notes: Service,
    caller: AuthenticatedUser,
    input: Listening<Nothing>,
) -> Result<Events<NoteView>, AppError> {
    notes.listen(caller, input).await
}

async fn list_of(
    notes: Service,
    by: Granted<NoteReadAny>,
    input: ListNotesOf,
) -> Result<Paginated<NoteView>, AppError> {
    Ok(Paginated::new(notes.list_of(by, input).await?))
}

async fn remove(
    notes: Service,
    caller: AuthenticatedUser,
    input: NotePath,
) -> Result<Success<Empty>, AppError> {
    notes.delete(caller, input).await?;
    Ok(Success::new(Empty {}))
}
