//! A module declares its own codes and fails with them.

use palisade_core::errors::AppError;

palisade_core::error_codes! {
    /// The codes of a module.
    pub CATALOGUE;

    NAME_TAKEN = 409, "This name is taken", "Choose another name.";
}

pub fn taken() -> AppError {
    AppError::new(&NAME_TAKEN)
}
