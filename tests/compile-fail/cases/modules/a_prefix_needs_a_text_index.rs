//! A prefix is a prefix of a text: an index that is sorted by a number has none.

use palisade_lib::store::Collection;

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

pub fn beginning_with_ten(books: &Collection<Book>, author: &String) {
    books.find(Book::BY_PAGES.matching(author).starting_with("10"));
}
