//! A service asks for a `Granted`; it cannot make one for itself.

use std::marker::PhantomData;

use palisade_core::identity::{AuthenticatedUser, Granted};

palisade_core::permissions! {
    /// What can be done with books.
    pub CATALOGUE;
    BookBurn = "BOOK_BURN", "burn books";
}

pub fn forge(user: AuthenticatedUser) -> Granted<BookBurn> {
    Granted { user, permission: PhantomData }
}
