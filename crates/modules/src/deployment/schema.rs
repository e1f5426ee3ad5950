//! The stored note about a copy, in its target.

use std::fmt;

use palisade_core::system::time::Timestamp;
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _, DocumentId};
use serde::{Deserialize, Serialize};

/// The name of the one copy that a store can be.
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

/// This store is being filled from another one. Meanwhile no server may use it: a server that found no keys yet
/// would create some, and the arriving passwords would belong to other keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Arrival {
    /// The source of the documents, without credentials.
    pub(crate) source: String,
    pub(crate) began_at: Timestamp,
    /// When the verification of every document succeeded. Never set for a backup, so that no server starts on one.
    pub(crate) finished_at: Option<Timestamp>,
    /// For a complete backup: its moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) backup_of: Option<Timestamp>,
}

collection! {
    Arrival in "copies" {
        id: ArrivalKey,
        version: 1,
        kind: ephemeral("an abandoned copy must free its place", |_arrival| Timestamp::FAR_FUTURE),
    }
}

/// The collection of this module.
pub(crate) const COLLECTION: &CollectionDef = Arrival::DEF;
