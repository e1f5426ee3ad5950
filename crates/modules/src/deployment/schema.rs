//! What is stored of a copy, in the store it goes to.

use std::fmt;

use palisade_core::system::time::Timestamp;
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _, DocumentId};
use serde::{Deserialize, Serialize};

/// The name of the one copy a store can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArrivalKey;

impl fmt::Display for ArrivalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("copy")
    }
}

impl DocumentId for ArrivalKey {
    fn parse(text: &str) -> Option<Self> {
        (text == "copy").then_some(Self)
    }
}

/// This store is filled from another one. While it is being filled no server may use it: one that found no keys yet
/// would make some, and the passwords that arrive would belong to others.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Arrival {
    /// Where the documents come from, without credentials.
    pub(crate) source: String,
    pub(crate) began_at: Timestamp,
    /// When every document was found to be the same on both sides. Never for a backup, so that no server starts on one.
    pub(crate) finished_at: Option<Timestamp>,
    /// For a backup that is whole: the moment it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) backup_of: Option<Timestamp>,
}

collection! {
    Arrival in "copies" {
        id: ArrivalKey,
        version: 1,
        kind: ephemeral("a copy that was given up must free its place", |_arrival| Timestamp::FAR_FUTURE),
    }
}

/// What the store is opened with for this module.
pub(crate) const COLLECTION: &CollectionDef = Arrival::DEF;
