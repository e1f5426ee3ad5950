//! A permission is declared with its name and its description, which puts it into a catalogue.

use palisade_core::identity::{Permission, PermissionName};

pub struct BookRead;

impl Permission for BookRead {
    const NAME: &'static PermissionName = &PermissionName::declare::<BookRead>("BookRead", "BOOK_READ", "see books", "book");
}
