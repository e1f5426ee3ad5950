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
use palisade_lib::collections;
use palisade_modules::product::{Grant, Job, Progress, Resources};
use palisade_modules::user::types::Role;

use notes::types::{ERRORS, NoteReadAny};
use notes::{Note, Service, Shelf};
use settings::NotesSettings;

/// The product: what it has beside Palisade.
pub static PRODUCT: Product = Product {
    name: "Notes",
    collections: collections![Note, Shelf],
    grants: &[Grant::from_role::<NoteReadAny>(Role::Support)],
    settings: &[NotesSettings::OWN],
    jobs: &[Job {
        name: "notes-purge",
        every: Duration::from_mins(1),
        run: |resources| Box::pin(purge(resources)),
    }],
    errors: ERRORS,
    mount: Some(routes::mount),
    ..Product::PALISADE
};

/// Removes for good the notes that were deleted long ago, a page in each run.
async fn purge(resources: Resources) -> Result<Progress, AppError> {
    let notes = Service::new(&resources).map_err(AppError::internal)?;
    let more = notes.purge(resources.deleted_retention()).await?;
    Ok(if more { Progress::More } else { Progress::Done })
}
