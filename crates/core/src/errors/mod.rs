//! Errors, and their public and private messages.

mod app_error;
mod causes;
pub mod codes;
pub(crate) mod error_handler;

pub use app_error::AppError;
pub use causes::with_causes;
pub use codes::Code;
