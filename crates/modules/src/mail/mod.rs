//! Mail: the outbox. Whoever wants something mailed stages an intent in their own batch; a worker composes the letter
//! afterwards, off the request's path, and delivers it at least once.
//!
//! What a letter says is decided by whoever composes it; nothing about people or tokens may enter here. The store holds
//! nothing readable: intents and letters are sealed.

mod backoff;
mod carrying;
mod compose;
mod outbox;
mod repository;
mod schema;
mod sealing;
mod service;
mod transport;
pub mod types;
mod worker;

pub(crate) use compose::{Compose, Composed, Intent, Verdict};
pub use outbox::OutboxState;
pub(crate) use schema::COLLECTION;
#[cfg(test)]
pub(crate) use schema::Mail;
pub use service::{Service, send_test};
pub(crate) use transport::Transport;
pub(crate) use types::Letter;

#[cfg(test)]
mod tests;
