//! Small modules that everything else builds on: the response envelope, pages, logs, cryptography.

pub mod crypto;
pub mod logger;
pub mod pagination;
pub(crate) mod response;
