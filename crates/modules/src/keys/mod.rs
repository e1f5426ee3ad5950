//! The keys of the deployment: the root key, the peppers, the keys that sign access tokens. They are in the store,
//! sealed under `SECRET_KEYS`, and shared by every instance.
//!
//! `SECRET_KEYS` seal and do nothing else, so replacing them signs nobody out and changes no hash. To replace one
//! while several instances run, first give every instance the new secret **behind** the old one, then put it in
//! front, and remove the old one once `palisade keys list` shows nothing that it seals.
//!
//! Code that knows a user or a session may not enter here: the auth module decides whose tokens to refuse when a
//! key is withdrawn.

mod repository;
mod schema;
mod service;
pub mod types;

pub use schema::COLLECTION;
pub use service::{Service, Successor};
pub(crate) use service::{
    Setup, Tokens, Withdrawal, lasting, refuse_sealed, sealed_by, signing_keys_ever, withdraw_all,
};
