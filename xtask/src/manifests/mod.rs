//! The manifest test: the arrows between the crates, and what a manifest must not say.
//!
//! rustc refuses a name that a manifest does not grant, but then advises `cargo add`. This test says the rule.

mod arrows;
mod checking;
mod inheritance;

pub(crate) use arrows::document;
pub(crate) use checking::check;
