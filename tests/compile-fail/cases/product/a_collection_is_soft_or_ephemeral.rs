//! A collection keeps what is deleted, or says why it may vanish.

palisade_core::id! { pub BookId = "bok"; }

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Book {
    pub author: String,
}

palisade_lib::collection! {
    Book in "books" {
        id: BookId,
        version: 1,
        kind: hard,
        pub index NEWEST: newest_first;
    }
}
