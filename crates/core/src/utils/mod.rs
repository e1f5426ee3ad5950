//! Small rooms everything else stands on: time, ids, the response envelope, pages, logs, cryptography.

pub mod id;
pub mod key;
pub mod pagination;
pub mod time;
