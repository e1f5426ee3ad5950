//! The metadata of a document.

use palisade_core::system::time::Timestamp;

/// The metadata of a document, beside its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    /// Rises by one with every write.
    pub revision: i64,
    /// Random, drawn at the insert. It distinguishes two successive documents with the same id, so that a write for
    /// the first can never reach the second.
    pub birth: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
}
