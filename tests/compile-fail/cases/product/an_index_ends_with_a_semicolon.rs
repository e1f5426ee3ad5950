//! Each index of a collection is a declaration of its own.

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
        pub index NEWEST: newest_first
        pub index BY_AUTHOR: (author: String) newest_first;
    }
}
