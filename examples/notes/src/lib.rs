//! A product of one's own on Palisade: each user has notes. `cargo run -p palisade-notes-example`.
//!
//! A real product would have two packages, as Palisade has: one for its modules, and one for its routes that does not depend
//! on `palisade-lib` and so cannot query.

pub mod notes;
mod routes;
mod settings;

use std::time::Duration;

use palisade::Product;
use palisade_core::config::Settings as _;
use palisade_core::errors::AppError;
use palisade_core::utils::languages::ProductTexts;
use palisade_lib::collections;
use palisade_lib::repeats::AnsweredRequest;
use palisade_modules::product::{Grant, Job, ProductMail as _, Progress, Resources};
use palisade_modules::user::types::Role;

use notes::types::{ERRORS, NoteReadAny, ShelfFull};
use notes::{Note, Service, Shelf};
use settings::NotesSettings;

/// The product: what it has beside Palisade.
pub static PRODUCT: Product = Product {
    program: "notes",
    version: env!("CARGO_PKG_VERSION"),
    name: "Notes",
    collections: collections![Note, Shelf, AnsweredRequest],
    grants: &[Grant::from_role::<NoteReadAny>(Role::Support)],
    settings: &[NotesSettings::OWN],
    jobs: &[Job {
        name: "notes-tidy",
        every: Duration::from_hours(1),
        run: |resources| Box::pin(tidy(resources)),
    }],
    mails: &[ShelfFull::MAIL],
    texts: ProductTexts::new(&[("en", include_str!("texts/en.ftl")), ("de", include_str!("texts/de.ftl"))]),
    errors: ERRORS,
    mount: Some(routes::mount),
    ..Product::PALISADE
};

/// Deletes the notes that are too old, a page in each run.
async fn tidy(resources: Resources) -> Result<Progress, AppError> {
    Service::new(&resources).map_err(AppError::internal)?.tidy().await
}
