//! A permission and its type have one name, so that the required permission equals the word in the token.

palisade_core::permissions! {
    /// What can be done with books.
    pub CATALOGUE;
    BookRead = "BOOK_BURN", "see books";
}
