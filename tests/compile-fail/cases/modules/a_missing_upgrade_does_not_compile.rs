//! Documents of every older version can be read: a version without an upgrade from the one before does not exist.

palisade_core::id! { pub BookId = "bok"; }

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Book {
    pub title: String,
}

palisade_lib::collection! {
    Book in "books" {
        id: BookId,
        version: 2,
        kind: soft(purge: after_retention),
    }
}
