//! The basis of the API tests: a client that can also send invalid requests, a world (the real router, its own database
//! on either engine, a clock that tests control), and the product's binary.
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
pub mod client;
pub mod database;
mod diagnostics;
pub mod function;
pub mod listener;
pub mod machines;
pub mod provider;
pub mod receiver;
pub mod routes;
pub mod smtp;
pub mod world;

pub use binary::Binary;
pub use client::{Answer, Client};
pub use database::Database;
pub use listener::Listener;
pub use provider::IdentityProvider;
pub use receiver::Receiver;
pub use routes::Route;
pub use world::World;

/// Waits until this holds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1_500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("it did not come to this: {what}");
}
