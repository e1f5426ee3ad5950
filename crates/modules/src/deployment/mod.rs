//! The deployment as its operator sees it: what is in the store and in which state, its keys without opening them, and
//! its move to another store, its backups. Works also where a server would refuse to start.
//!
//! Nothing that serves a request may enter here, and nothing that only one module can know.

pub(crate) mod collections;
mod repository;
mod schema;
mod service;
pub mod types;
mod watch;

pub(crate) use schema::COLLECTION;
pub use service::{Restoring, Service};
pub(crate) use service::{copy_state, keys_setup, with_named};
pub(crate) use watch::Watch;
