//! A product of one's own on Palisade: each user has notes. `cargo run -p palisade-notes-example`.
//!
//! A real product would have two packages, as Palisade has: one for its modules, and one for its routes that does not depend
//! on `palisade-lib` and so cannot query.

pub mod notes;
mod routes;
mod settings;

use palisade::Product;
use palisade_core::config::Settings as _;
use palisade_lib::collections;
use palisade_modules::product::Grant;
use palisade_modules::user::types::Role;

use notes::types::NoteReadAny;
use notes::{Note, Shelf};
use settings::NotesSettings;

/// The product: what it has beside Palisade.
pub static PRODUCT: Product = Product {
    name: "Notes",
    collections: collections![Note, Shelf],
    grants: &[Grant::from_role::<NoteReadAny>(Role::Support)],
    settings: &[NotesSettings::OWN],
    mount: Some(routes::mount),
    ..Product::PALISADE
};
