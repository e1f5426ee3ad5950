//! A permission and its type have one name, so that what a route requires is what a token says.

palisade_core::permissions! {
    /// What can be done with books.
    pub CATALOGUE;
    BookRead = "BOOK_BURN", "see books";
}
