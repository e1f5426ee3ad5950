//! The manifest test: the arrows between the crates, and the entries that a manifest must not have.
//!
//! rustc refuses a name that a manifest does not grant, but then advises `cargo add`. This test names the rule.

mod arrows;
mod checking;
mod inheritance;

pub(crate) use arrows::document;
pub(crate) use checking::check;
