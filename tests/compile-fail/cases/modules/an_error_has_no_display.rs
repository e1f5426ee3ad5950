//! The private cause of an error cannot be printed into an answer by accident.

use palisade_core::errors::AppError;

pub fn print(error: &AppError) -> String {
    error.to_string()
}
