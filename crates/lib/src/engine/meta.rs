//! What an engine keeps beside a document.

use palisade_core::system::time::Timestamp;

/// What the store knows about a document beside its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    /// Rises by one with every write.
    pub revision: i64,
    /// Random, drawn at the insert: tells apart two documents that had the same id one after the other, so that a
    /// write meant for the first can never reach the second.
    pub birth: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}
