//! A soft collection says who removes its documents for good: otherwise what is deleted stays for ever.

use palisade_core::identity::UserId;
use palisade_lib::collection;
use serde::{Deserialize, Serialize};

palisade_core::id! { pub BookId = "bok"; }

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Book {
    owner: UserId,
}

collection! {
    Book in "books" {
        id: BookId,
        version: 1,
        kind: soft,
        index BY_OWNER: (owner: UserId) newest_first;
    }
}
