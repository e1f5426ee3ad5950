//! Small modules that everything else builds on: the response envelope, pages, templates, languages, logs, cryptography.

pub mod crypto;
pub mod languages;
pub mod logger;
pub mod pagination;
pub(crate) mod response;
pub mod templates;
