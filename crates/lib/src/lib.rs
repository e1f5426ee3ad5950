//! Connections: the document store and its engines, and other connections to the outside.
//!
//! Only this crate may name drivers; no domain type and no HTTP may enter.

mod engine;
pub mod files;
mod limits;
pub mod mongodb;
pub mod oauth;
pub mod outbound;
pub mod redis;
pub mod repeats;
pub mod smtp;
mod sqlite;
pub mod store;
#[cfg(feature = "otel")]
pub mod traces;
mod trust;
pub mod upstash;

extern crate self as palisade_lib;
