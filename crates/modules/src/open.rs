//! Putting the services together, and what goes on beside the requests.

mod background;
mod error;
mod kept;
mod probe;
mod readings;
mod services;
mod settings;

pub use background::{Background, Upkeep};
pub use error::OpenError;
pub use services::Services;

#[cfg(test)]
#[path = "open_tests.rs"]
mod tests;
