//! Correct code compiles: indexes, pages, prefixes, tails, and both ways to delete.

use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_core::system::time::Timestamp;
use palisade_lib::store::{Batch, Collection, StoreError, Stored, Tail};

palisade_core::id! { pub BookId = "bok"; pub LinkId = "lnk"; }

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Book {
    pub author: String,
    pub title: String,
}

palisade_lib::collection! {
    Book in "books" {
        id: BookId,
        version: 1,
        kind: soft(purge: after_retention),
        pub index BY_TITLE: (author: String) ascending title: String;
    }
}

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

pub async fn titled(
    books: &Collection<Book>,
    author: &String,
    page: &PageRequest,
) -> Result<Page<Stored<Book>>, StoreError> {
    books.find(Book::BY_TITLE.matching(author).starting_with("Fau")).page(page).await
}

pub fn follow(links: &Collection<Link>) -> Tail<Link> {
    links.tail(Link::OLDEST.all())
}

pub fn end(book: &Stored<Book>, link: &Stored<Link>) -> Batch {
    Batch::new().delete(book).remove(link)
}
