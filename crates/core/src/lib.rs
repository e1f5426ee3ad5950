//! The core of Palisade: the life of a request, the errors, the configuration, and the ports that others implement.
//!
//! No domain may enter here, and no driver: core knows routes, tokens and quotas, not people.

extern crate self as palisade_core;

mod causes;
pub mod config;
pub mod cookies;
mod declaration;
mod drain;
pub mod errors;
pub mod files;
pub mod health;
pub mod identity;
pub mod input;
pub mod lifecycle;
pub mod limits;
pub mod metrics;
pub mod middlewares;
pub mod net;
pub mod openapi;
pub mod output;
pub mod ports;
pub mod request;
pub mod routes;
pub mod server;
mod state;
pub mod system;
pub mod traces;
pub mod utils;
pub mod values;

/// The name of this program: in its own output, and in the rule that no password contains it. The product's name
/// for people is `APP_NAME`.
pub const PRODUCT: &str = "Palisade";

/// For the macros of this crate; not part of its interface.
#[doc(hidden)]
pub mod __private {
    pub use serde;
    pub use uuid::Uuid;
}
