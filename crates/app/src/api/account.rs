//! `/account`: the small built-in pages that mailed and printed links lead to.

pub(crate) mod setup;
pub(crate) mod verify;
