//! `/api/v1`: the versioned interface.

pub mod auth;
pub mod health;
pub mod openapi;
pub mod users;
