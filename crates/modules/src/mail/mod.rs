//! Mail: the outbox. Whoever wants something mailed stages an intent in their own batch; a worker renders the message
//! afterwards, off the request's path, and delivers it at least once.
//!
//! What a message says is decided by whoever renders it; nothing about users or tokens may enter here. The store holds
//! nothing readable: intents and messages are sealed.

mod backoff;
mod delivery;
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

pub use outbox::OutboxState;
pub(crate) use render::{RenderEmail, RenderRequest, RenderedEmail, Verdict};
pub(crate) use schema::COLLECTION;
#[cfg(test)]
pub(crate) use schema::Mail;
pub use service::{Service, send_test};
pub(crate) use transport::Transport;
pub(crate) use types::EmailMessage;

#[cfg(test)]
mod tests;
