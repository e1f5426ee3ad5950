//! Cryptography: every key, tag, seal, token and password hash of the house is made and checked here.
//!
//! One provider (aws-lc-rs), vetted constructions only, one key for one job. Nothing that knows a person, a request
//! or a document may enter: these rooms take bytes, times and randomness as arguments and give bytes back.

pub mod keyring;
pub mod password;
pub mod purpose;
pub mod random;
pub mod refresh;
pub mod seal;
pub mod secret;
pub mod ticket;
pub mod token;

mod aead;
