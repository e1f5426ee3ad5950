//! `/account`: the small built-in pages: the targets of mailed and printed links, and where some of those begin.

pub(crate) mod confirm_email;
pub(crate) mod forgot;
pub(crate) mod reset;
pub(crate) mod secure;
pub(crate) mod setup;
pub(crate) mod verify;
