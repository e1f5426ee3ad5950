//! People: who they are, what they may do, how they are found.

mod person;
mod repository;
mod schema;
mod service;
pub mod types;

pub(crate) use person::Person;
pub use service::Service;
pub(crate) use service::{FIRST_EPOCH, NewUser, Standing};

use palisade_lib::store::{CollectionDef, Declared as _};

/// What the store is opened with for this module.
pub(crate) const COLLECTIONS: [&CollectionDef; 3] =
    [schema::User::DEF, schema::Identity::DEF, schema::SuperAdmins::DEF];
