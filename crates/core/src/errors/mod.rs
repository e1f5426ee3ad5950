//! Errors, and their public and private messages.

mod app_error;
pub mod codes;
pub(crate) mod error_handler;

pub use crate::causes::with_causes;
pub use app_error::AppError;
pub use codes::Code;
