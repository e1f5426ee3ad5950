//! What can go wrong, and what is said about it: to the caller, and to the log.

mod app_error;
mod causes;
pub mod codes;
pub(crate) mod error_handler;

pub use app_error::AppError;
pub use causes::with_causes;
pub use codes::Code;
