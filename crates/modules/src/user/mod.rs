//! People: who they are, what they may do, how they are found.

mod person;
mod repository;
mod schema;
mod service;
pub mod types;

pub(crate) use person::Person;
pub(crate) use service::NewUser;
pub use service::Service;
