//! People: who they are, what they may do, how they are found.

mod person;
mod repository;
mod schema;
mod service;
pub mod types;

pub(crate) use person::Person;
pub use service::Service;
pub(crate) use service::{FIRST_EPOCH, NewUser, Standing};

use palisade_lib::store::{CollectionSpec, Declared as _};

/// What the store is opened with for this module.
pub(crate) const COLLECTIONS: [&CollectionSpec; 3] =
    [schema::User::SPEC, schema::Identity::SPEC, schema::SuperAdmins::SPEC];
