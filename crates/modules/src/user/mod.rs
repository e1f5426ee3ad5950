//! People: who they are, what they may do, how they are found.

mod person;
mod repository;
mod schema;
mod service;
pub mod types;

pub(crate) use person::Person;
pub(crate) use schema::COLLECTIONS;
pub use service::Service;
pub(crate) use service::{FIRST_EPOCH, NewUser, Standing};
