//! The domain of Palisade: accounts, sessions, people, mail, keys.
//!
//! No route and no driver may enter here.

pub mod mail;
pub mod user;
