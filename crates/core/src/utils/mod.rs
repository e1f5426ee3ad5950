//! Small modules that everything else builds on: the response envelope, pages, templates, logs, cryptography.

pub mod crypto;
pub mod logger;
pub mod pagination;
pub(crate) mod response;
pub mod templates;
