//! Cryptography: every key, tag, seal, token and password hash of Palisade is created and checked here.
//!
//! One provider (aws-lc-rs), vetted constructions only, one key for one purpose. Code that knows a person, a
//! request or a document may not enter: these functions take bytes, times and randomness as arguments and return
//! bytes.

pub mod hmac_key;
pub mod keyring;
pub mod password;
pub mod purpose;
pub mod random;
pub mod refresh;
pub mod seal;
pub mod secret;
pub mod ticket;
pub mod token;
pub mod webhook;

mod aead;
