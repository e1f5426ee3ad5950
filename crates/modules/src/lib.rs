//! The domain of Palisade: accounts, sessions, people, mail, keys.
//!
//! No route and no driver may enter here.

pub mod auth;
pub mod keys;
pub mod mail;
mod open;
pub mod user;

pub use open::{Background, OpenError, Services, System};
