//! An index says how what it finds is sorted.

palisade_core::id! { pub BookId = "bok"; }

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Book {
    pub author: String,
}

palisade_lib::collection! {
    Book in "books" {
        id: BookId,
        version: 1,
        kind: soft(purge: after_retention),
        pub index BY_AUTHOR: (author: String) latest;
    }
}
