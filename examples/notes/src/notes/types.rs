//! The values, the inputs and the views of notes.

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_core::values::Violation;
use palisade_core::{error_codes, id, input, permissions, text, view};

id! {
    /// A note.
    pub NoteId = "nte";
}

permissions! {
    /// The permissions of notes.
    pub PERMISSIONS;
    NoteReadAny = "NOTE_READ_ANY", "read the notes of other users";
}

text! {
    /// The text of a note.
    pub NoteText, 1..=2000 characters, |text| {
        if text.trim().is_empty() { Err(Violation::invalid_format("must not be blank")) } else { Ok(text) }
    };
}

error_codes! {
    /// The error codes of notes.
    pub ERRORS;

    SHELF_FULL = 409, "You have as many notes as you can have: delete one first",
        "Each user has at most a certain number of notes.";
}

input! {
    /// A new note.
    pub struct CreateNote {
        body { text: NoteText, pinned: Option<bool> }
    }
}

input! {
    /// Which notes to list.
    pub struct ListNotes {} with page
}

input! {
    /// Whose notes to list.
    pub struct ListNotesOf {
        path { id: UserId }
    } with page
}

input! {
    /// A note, by its id.
    pub struct NotePath {
        path { id: NoteId }
    }
}

palisade_modules::mail! {
    /// To a user who has written the last note that has room.
    pub struct ShelfFull = "shelf-full" {
        /// How many notes there are.
        count: u64,
    } with link
}

view! {
    /// A note.
    pub struct NoteView = "Note" {
        /// The id of the note.
        id: NoteId,
        /// The text.
        text: NoteText,
        /// Whether it stays however old it is.
        pinned: bool,
        /// When it was written.
        created_at as "createdAt": Timestamp,
    }
}
