//! The stored documents.

use palisade_core::identity::UserId;
use palisade_lib::collection;
use serde::{Deserialize, Serialize};

use super::types::{NoteId, NoteText};

/// A stored note.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    pub(super) owner: UserId,
    pub(super) text: NoteText,
}

collection! {
    Note in "notes" {
        id: NoteId,
        version: 1,
        kind: soft(purge: with_owner(BY_OWNER)),
        pub(super) index BY_OWNER: (owner: UserId) newest_first;
    }
}

/// How many notes a user has. Each write of a note writes it too, so two requests at once cannot both write the last one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shelf {
    pub(super) notes: u32,
}

collection! {
    Shelf in "shelves" {
        id: UserId,
        version: 1,
        kind: soft(purge: with_owner(id)),
    }
}
