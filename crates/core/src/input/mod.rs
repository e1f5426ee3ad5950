//! Inputs: what a route accepts, declared in parts over newtypes.
//!
//! A newtype's one fallible constructor ([`Field::from_text`]) is the only place of its rule, and its schema
//! comes from beside it. A handler never sees the wire shape.

mod declare;
mod field;
mod json;
mod parts;
mod text;

#[doc(hidden)]
pub use declare::sealed;
pub use declare::{Input, InputDoc, Nothing, ParameterDoc};
pub use field::{Detail, Field, Violation, ViolationCode};
pub use json::{Json, MAX_DEPTH};
pub use parts::{CookieField, Parts, Raw, Slot};

/// The rules of an input that the configuration decides.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The least number of code points of a password that is being chosen: 8–64.
    pub password_min_length: usize,
    /// The product's name, which no password may contain.
    pub product_name: String,
}
