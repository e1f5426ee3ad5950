//! What an administrator does about other users, and about the product, in their own name, and not while acting as somebody else.

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::Granted;

/// Whether the caller acts in person. An administrator who acts as somebody else has every permission of that user in their
/// own name, and their own rank is what decides on whom they may act.
///
/// # Errors
/// `IMPERSONATING`.
pub(crate) fn in_person<P>(by: &Granted<P>) -> Result<(), AppError> {
    match by.user().principal().impersonator {
        Some(_) => Err(AppError::new(&codes::IMPERSONATING)),
        None => Ok(()),
    }
}
