//! The mails of a product: requested by user, and rendered for whatever address the user has when they are sent.

mod outbox;
mod renderer;
mod types;

pub(crate) use outbox::OwnOutbox;
pub(crate) use renderer::{Emails, OwnEmails};
pub use types::mistakes;
