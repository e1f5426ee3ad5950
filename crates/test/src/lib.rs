//! Tests for a product built on Palisade: its real router behind a real port, a real store on either engine, and a clock
//! that only the test moves. Take it under `[dev-dependencies]` alone: its features let a caller set the time, so a release
//! build with them does not compile.
//!
//! ```
//! use palisade::Product;
//! use palisade_test::World;
//! use serde_json::json;
//!
//! static PRODUCT: Product = Product { name: "Notes", ..Product::PALISADE };
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() {
//!     let world = World::of(&PRODUCT).await;
//!     let mut ada = world.user("ada@example.org").await;
//!     let me = ada.get("/api/v1/users/me").await.succeeds(200);
//!     assert_eq!(me["email"], "ada@example.org");
//!     ada.post("/api/v1/auth/logout", json!(null)).await.succeeds(200);
//!     ada.get("/api/v1/users/me").await.fails(401, "AUTH_401");
//! }
//! ```
//!
//! Nothing here goes around a rule: people register, open the link that was mailed to them and sign in; a role comes from
//! the operator, as with `palisade user set-role`; a job is started by the scheduler's request.
//!
//! `PALISADE_TEST_ENGINE=mongodb` runs the same tests on MongoDB: on the replica set of `MONGODB_TEST_URL`, where each world
//! has a database of its own and drops it at its end, or on one that the first world starts with the `mongod` of `PATH`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops"
)]

mod answer;
pub mod client;
mod database;
mod diagnostics;
mod house;
mod world;

pub use answer::Answer;
pub use client::Client;
pub use database::{Database, ENGINE, is_mongodb};
pub use house::house;
pub use world::hosting::Hosted;
pub use world::mails::token_of;
pub use world::opening::Opening;
pub use world::settings::{CRON_SECRET, GENEROUS};
pub use world::{Kept, PASSWORD, World, clock};

/// Waits until this holds, half a minute at most. For what another task or process does; what waits for the clock is driven
/// by [`World::advance`].
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1_500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("it did not come to this: {what}");
}
