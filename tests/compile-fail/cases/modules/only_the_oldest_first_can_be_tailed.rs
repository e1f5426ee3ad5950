//! A tail reads from the oldest document on: an index that starts with the newest cannot be tailed.

use palisade_lib::store::{Collection, Tail};

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

pub fn follow(books: &Collection<Book>) -> Tail<Book> {
    books.tail(Book::NEWEST.all())
}
