//! An index is declared in `collection!`, which also creates it: none can be made beside it.

use std::marker::PhantomData;

use palisade_lib::store::{Index, IndexSpec, Newest};

palisade_core::id! { pub BookId = "bok"; }

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Book {
    pub author: String,
    pub pages: i64,
}

palisade_lib::collection! {
    Book in "books" {
        id: BookId,
        version: 1,
        kind: soft(purge: after_retention),
        pub index NEWEST: newest_first;
        pub index BY_PAGES: (author: String) ascending pages: i64;
    }
}

pub fn made_up(spec: &'static IndexSpec) -> Index<Book, (), Newest> {
    Index { spec, of: PhantomData }
}
