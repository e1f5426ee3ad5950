//! Webhooks: every event of the audit is posted to the receivers that somebody with the permission, or the operator, chose.
//!
//! The audit itself is the queue: a webhook follows its feed from a stored cursor, so a change costs no write for those who
//! are told of it, and what was rolled back is never sent.

mod receiver;
mod repository;
mod round;
mod schema;
mod secrets;
mod service;
mod tally;
pub mod types;
mod views;
mod worker;

pub(crate) use schema::COLLECTIONS;
pub use service::Service;
