//! The check of the manifests: the dependencies between the crates, and the entries that a manifest must not have.
//!
//! rustc refuses a name that a manifest does not grant, but then advises `cargo add`. This test names the rule.

mod checking;
mod dependencies;
mod inheritance;

pub(crate) use checking::check;
pub(crate) use dependencies::document;
