//! `/account`: the small built-in pages that are the targets of mailed and printed links.

pub(crate) mod setup;
pub(crate) mod verify;
