//! A repository that takes a `Reach` cannot be called for a caller who was not asked how far they reach.

use palisade_core::errors::AppError;
use palisade_core::identity::{AuthenticatedUser, Reach};
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::{Route, get};
use palisade_modules::permissions::{AuditRead, UserRead};

#[derive(Clone)]
pub struct Notes;

impl Notes {
    async fn all(&self, by: &Reach<UserRead>) {
        by.scope();
    }
}

pub fn declare() -> [Route<Notes>; 2] {
    [
        get("/notes").limit(NORMAL).session().no_input().handle(signed_in),
        get("/notes/all").limit(NORMAL).owner_or::<AuditRead>().no_input().handle(audits),
    ]
}

async fn signed_in(notes: Notes, by: AuthenticatedUser, _: Nothing) -> Result<Accepted, AppError> {
    notes.all(&by).await;
    Ok(Accepted::new())
}

async fn audits(notes: Notes, by: Reach<AuditRead>, _: Nothing) -> Result<Accepted, AppError> {
    notes.all(&by).await;
    Ok(Accepted::new())
}
