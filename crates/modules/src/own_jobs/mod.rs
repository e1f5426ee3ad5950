//! The jobs of a product: one instance at a time runs each.

mod repository;
mod schema;
mod service;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use schema::COLLECTION;
pub(crate) use service::{OwnJob, OwnJobs};
