//! Signing in: registrations, sessions, tokens, and what is refused.

mod authenticator;
mod first_admin;
mod letters;
mod repository;
mod revocations;
mod schema;
mod service;
pub mod types;

pub(crate) use authenticator::TokenAuthenticator;
pub use first_admin::{FirstAdmin, FirstAdminState};
pub(crate) use letters::Letters;
pub(crate) use schema::COLLECTIONS;
pub(crate) use service::{Budgets, Parts, revoke_keys};
pub use service::{FirstSteps, Lifetimes, Proven, Service, SignedIn};
