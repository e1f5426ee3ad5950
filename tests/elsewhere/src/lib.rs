//! Ten mistakes on axum, with the crates that its users commonly take. Each compiles; `tests/mistakes.rs` says what it then
//! does, and `docs/same-mistakes.md` quotes both.

pub mod access;
pub mod cookies;
pub mod deleting;
pub mod hashes;
pub mod inputs;
pub mod limits;
pub mod lists;
pub mod people;
pub mod permissions;
pub mod settings;
pub mod webhooks;
