//! Notes: each belongs to the user who wrote it.

mod repository;
mod schema;
mod service;
pub mod types;

pub use schema::{Note, Shelf};
pub use service::Service;
