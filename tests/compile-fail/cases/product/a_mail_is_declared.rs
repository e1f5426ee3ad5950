//! A mail is declared: a text that was put together at some place has no translation, and no check at the start.

use palisade_core::errors::AppError;
use palisade_core::identity::UserId;
use palisade_modules::product::{Resources, Staged};

pub fn stage(resources: &Resources, owner: &UserId) -> Result<Staged, AppError> {
    resources.mails().to_user(owner, "Your shelf is full")
}
