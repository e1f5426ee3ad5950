//! The deployment as its operator sees it: the state of the store, its keys without opening them, its move to
//! another store, its backups. Works also where a server would refuse to start.
//!
//! Code that serves a request may not enter here, nor code that concerns only one module.

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
