//! The audit: who did what to whom, and when. Events are written together with what they report, and never changed.
//!
//! Nothing that an event reports is decided here: other modules say what happened.

mod act;
mod repository;
mod schema;
mod service;
pub mod types;

pub(crate) use act::{Act, Event};
pub(crate) use schema::COLLECTIONS;
pub use service::Service;
