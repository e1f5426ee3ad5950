//! Inputs: the data that a route accepts, declared in parts over newtypes.
//!
//! A newtype's one fallible constructor ([`Field::from_text`](crate::values::Field::from_text)) is the only place
//! of its rule, with its schema beside it. A handler never sees the wire format.

mod declare;
mod page;
mod parts;
mod rule;

#[doc(hidden)]
pub use declare::sealed;
pub use declare::{Input, InputDoc, Nothing, ParameterDoc};
pub use parts::{CookieField, InputField, InputReader, RawInput};
pub use rule::{AnyInput, CarriesPassword, Demand, InputRule, Meets, WithPassword};
