//! The small pages the server itself shows until a front end takes their place. They load nothing from anywhere.

mod account;
mod mailbox;
mod mailed;
mod overview;
mod start;
mod templates;

pub use mailbox::Mailbox;
pub use mailed::Pages;
pub use start::{Front, Home, Start};
pub(crate) use templates::templates;
