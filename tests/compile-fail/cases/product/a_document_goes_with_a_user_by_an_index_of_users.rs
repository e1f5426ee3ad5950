//! A document goes with the user whom its index names: another key tells nothing of its owner.

use palisade_core::identity::UserId;
use palisade_lib::collection;
use serde::{Deserialize, Serialize};

palisade_core::id! { pub BookId = "bok"; }

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Book {
    owner: UserId,
    shelf: String,
}

collection! {
    Book in "books" {
        id: BookId,
        version: 1,
        kind: soft(purge: with_owner(BY_SHELF)),
        index BY_OWNER: (owner: UserId) newest_first;
        index BY_SHELF: (shelf: String) newest_first;
    }
}
