//! The basis of the API tests: the world of `palisade-test` with access to its database behind the server's back, on the hosts
//! that Palisade is tested on, and the product's binary.
//!
//! This code asserts nothing about the product.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops"
)]

pub mod binary;
pub mod database;
pub mod function;
pub mod listener;
pub mod machines;
pub mod provider;
pub mod receiver;
pub mod routes;
pub mod smtp;
pub mod world;

pub use binary::Binary;
pub use database::Database;
pub use listener::Listener;
pub use palisade_test::{Answer, Client, client, until};
pub use provider::IdentityProvider;
pub use receiver::Receiver;
pub use routes::Route;
pub use world::World;
