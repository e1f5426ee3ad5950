//! Users: stored documents, permissions and queries.

#[cfg(test)]
mod event_cost_tests;
mod handle;
mod new_user;
mod repository;
#[cfg(test)]
mod scale_tests;
mod schema;
mod service;
pub mod types;

pub(crate) use handle::User;
pub(crate) use new_user::{FIRST_EPOCH, NewUser};
pub(crate) use schema::{COLLECTIONS, ProviderAccount, ProviderSubject};
pub use service::Service;
pub(crate) use service::{Standing, crowded};
