//! Mail: the outbox. A module that wants to send a mail stages an intent in its own batch; a worker renders the
//! message later, off the request path, and delivers it at least once.
//!
//! The renderer decides what a message says, and one form how every message looks; code that knows users or tokens may
//! not enter here. The store contains nothing readable: intents and messages are sealed.

mod delivery;
mod form;
mod line;
mod outbox;
mod render;
mod repository;
mod schema;
mod sealing;
mod service;
mod transport;
pub mod types;
mod worker;

pub(crate) use form::{Letter, MailForm};
pub use outbox::OutboxState;
pub(crate) use render::{RenderEmail, RenderRequest, RenderedEmail, Verdict};
pub(crate) use schema::COLLECTION;
#[cfg(test)]
pub(crate) use schema::Mail;
pub use service::{Service, send_test};
pub(crate) use transport::Transport;
pub(crate) use types::EmailMessage;
pub use types::MailFormError;

#[cfg(test)]
mod tests;
