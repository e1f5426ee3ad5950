//! The keys of the deployment: the root key, the peppers, the keys that sign access tokens. Kept in the store, sealed
//! under `SECRET_KEYS`, and shared by every instance.
//!
//! `SECRET_KEYS` seal and do nothing else, so replacing them logs nobody out and changes no hash. To replace one
//! while several instances run, give every instance the new secret **behind** the old one first, then put it in front,
//! and take the old one away once `palisade keys list` shows nothing that is sealed by it.
//!
//! Nothing that knows a user or a session may enter here: who must be refused when a key is withdrawn is said by
//! the module of signing in.

mod repository;
mod schema;
mod service;
pub mod types;

pub use schema::COLLECTION;
pub use service::{Service, Successor};
pub(crate) use service::{
    Setup, Tokens, Withdrawal, lasting, refuse_sealed, sealed_by, signing_keys_ever, withdraw_all,
};
