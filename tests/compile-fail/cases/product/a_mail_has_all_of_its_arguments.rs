//! A mail has every argument that it is declared with, and its link: none of its texts is left with a gap.

use palisade_core::errors::AppError;
use palisade_core::identity::UserId;
use palisade_modules::product::{Resources, Staged};

palisade_modules::mail! {
    /// A shelf is full.
    pub struct ShelfFull = "shelf-full" { count: u64 } with link
}

pub fn stage(resources: &Resources, owner: &UserId) -> Result<Staged, AppError> {
    resources.mails().to_user(owner, ShelfFull { count: 3 })
}
