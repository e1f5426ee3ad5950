//! The stored documents.

use palisade_core::identity::{Owned, UserId};
use palisade_lib::collection;
use palisade_lib::store::{Fields, UpgradeError};
use serde::{Deserialize, Serialize};

use super::types::{NoteId, NoteText};

/// A stored note.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    pub(super) owner: UserId,
    pub(super) text: NoteText,
    /// Whether it stays however old it is.
    pub(super) pinned: bool,
}

collection! {
    Note in "notes" {
        id: NoteId,
        version: 2,
        upgrades: [to_version_2],
        kind: soft(purge: with_owner(BY_OWNER)),
        pub(super) index NEWEST: newest_first;
        pub(super) index BY_OWNER: (owner: UserId) newest_first;
        pub(super) index BY_AGE: (pinned: bool) oldest_first;
    }
}

/// Notes of the first version could not be pinned.
fn to_version_2(note: &mut Fields) -> Result<(), UpgradeError> {
    note.put("pinned", false)
}

impl Owned for Note {
    fn owner(&self) -> UserId {
        self.owner
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
