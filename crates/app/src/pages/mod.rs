//! The small pages the server itself shows until a front end takes their place. They load nothing from anywhere.

mod account;
mod form;
mod mailbox;
mod overview;
mod start;
mod templates;
mod ways;

pub use account::{AccountPage, Pages};
pub use mailbox::Mailbox;
pub use start::{Front, Home, Start};
pub(crate) use templates::templates;
