//! `with_owner(id)` is for documents whose id is that of a user.

use palisade_lib::collection;
use serde::{Deserialize, Serialize};

palisade_core::id! { pub BookId = "bok"; }

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Book {
    title: String,
}

collection! {
    Book in "books" {
        id: BookId,
        version: 1,
        kind: soft(purge: with_owner(id)),
    }
}
