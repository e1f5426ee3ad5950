//! An index belongs to one collection: it says nothing about another.

use palisade_core::system::time::Timestamp;
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

palisade_core::id! { pub LinkId = "lnk"; }

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Link {
    pub ends: Timestamp,
}

palisade_lib::collection! {
    Link in "links" {
        id: LinkId,
        version: 1,
        kind: ephemeral("a link is worth nothing after its time", |link| link.ends),
        pub index OLDEST: oldest_first;
    }
}

pub fn crossed(books: &Collection<Book>) {
    books.find(Link::OLDEST.all());
}
