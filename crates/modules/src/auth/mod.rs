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
pub(crate) use service::{Budgets, Parts, revoke_keys};
pub use service::{FirstSteps, Lifetimes, Proven, Service, SignedIn};

use palisade_lib::store::{CollectionSpec, Declared as _};

/// What the store is opened with for this module.
pub(crate) const COLLECTIONS: [&CollectionSpec; 6] = [
    schema::Registration::SPEC,
    schema::Ticket::SPEC,
    schema::Redemption::SPEC,
    schema::Session::SPEC,
    schema::Device::SPEC,
    schema::Revocation::SPEC,
];
