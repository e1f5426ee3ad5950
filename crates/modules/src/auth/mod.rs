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

use palisade_lib::store::{CollectionDef, Declared as _};

/// What the store is opened with for this module.
pub(crate) const COLLECTIONS: [&CollectionDef; 6] = [
    schema::Registration::DEF,
    schema::Ticket::DEF,
    schema::Redemption::DEF,
    schema::Session::DEF,
    schema::Device::DEF,
    schema::Revocation::DEF,
];
