//! Small rooms everything else stands on: time, ids, the response envelope, pages, logs, cryptography.

pub mod address;
pub mod crypto;
pub mod id;
pub mod key;
pub mod logger;
pub mod pagination;
pub(crate) mod response;
