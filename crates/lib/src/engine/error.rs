//! The errors of the store, one variant for each case that a caller can distinguish.

use std::error::Error;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::utils::pagination::invalid_cursor;

/// A cause, for the log.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// When a caller should retry after [`StoreError::Unavailable`].
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The public message for [`StoreError::Unknown`]: a blind repetition may do the work twice.
const NOT_KNOWN: &str = "It is not known whether the request was carried out: look before you repeat it";

/// An id in the form for errors. A claim such as `email:…` contains its subject, and an address must not be in a
/// log.
fn shown(id: &str) -> String {
    id.split_once(':').map_or_else(|| id.to_owned(), |(kind, _)| format!("{kind}:…"))
}

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// An insert found its id taken, by a live or by a soft-deleted document. Nothing of the batch was written.
    #[error("inserting {collection}/{}: the id is taken", shown(id))]
    Duplicate {
        /// The collection.
        collection: &'static str,
        /// The id.
        id: String,
    },
    /// A write found its document changed, gone, expired or not in the required state. Nothing of the batch was
    /// written: read again and decide again.
    #[error("writing {collection}/{}: the document has changed since it was read", shown(id))]
    Stale {
        /// The collection.
        collection: &'static str,
        /// The id.
        id: String,
    },
    /// The database is down, busy, full, or has more to do than it accepts. Nothing of a batch was written.
    #[error("the store is not available: {doing}")]
    Unavailable {
        /// The operation.
        doing: &'static str,
        /// The engine's error.
        #[source]
        source: Option<Cause>,
    },
    /// A batch was sent, and no answer says whether it was written.
    #[error("it is not known whether the write was committed: {doing}")]
    Unknown {
        /// The operation.
        doing: &'static str,
        /// The engine's error.
        #[source]
        source: Option<Cause>,
    },
    /// The file of the database is damaged: some of its data cannot be read.
    #[error(
        "the database is damaged ({doing}): stop the server, move the file and its `-wal` away, and restore a backup"
    )]
    Damaged {
        /// The operation.
        doing: &'static str,
        /// The engine's error.
        #[source]
        source: Cause,
    },
    /// A collection that had documents no longer exists.
    #[error(
        "the collection {collection} had documents and is gone from the database: restore it from a backup"
    )]
    Gone {
        /// The collection.
        collection: &'static str,
    },
    /// A stored document does not match its type.
    #[error("reading {collection}/{}: `{field}` does not match its type", shown(id))]
    Corrupt {
        /// The collection.
        collection: &'static str,
        /// The id.
        id: String,
        /// The path of the field.
        field: String,
        /// The problem.
        #[source]
        source: Option<Cause>,
    },
    /// A newer version of this program wrote the document. It is refused, not guessed.
    #[error(
        "reading {collection}/{}: it has schema version {found}, this program knows up to {known}",
        shown(id)
    )]
    NewerSchema {
        /// The collection.
        collection: &'static str,
        /// The id.
        id: String,
        /// The version of the document.
        found: i64,
        /// The newest version that this program knows.
        known: u32,
    },
    /// The cursor was not created by this store for this query.
    #[error("the cursor was not made for this query")]
    InvalidCursor,
    /// A value violates a rule of the store: an index key that is missing, of another kind or too long, an id that
    /// is empty or too long, a document over the size limit, or too many writes in a batch. A bug.
    #[error("writing {collection}/{}: {reason}", shown(id))]
    Unstorable {
        /// The collection.
        collection: &'static str,
        /// The id.
        id: String,
        /// The rule.
        reason: String,
    },
    /// The collection is not in the list that the store was opened with, or belongs to another type there. A bug.
    #[error("the collection {collection} of this type is not in the list the store was opened with")]
    Undeclared {
        /// The collection.
        collection: &'static str,
    },
    /// The index is not among those that its collection declares, so nobody created it. A bug.
    #[error("the collection {collection} was declared without the index {index}")]
    UndeclaredIndex {
        /// The collection.
        collection: &'static str,
        /// The index.
        index: &'static str,
    },
    /// The engine refused something that it should not have. A bug.
    #[error("the engine failed while {doing}")]
    Engine {
        /// The operation.
        doing: &'static str,
        /// The engine's error.
        #[source]
        source: Cause,
    },
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::InvalidCursor => Self::validation(vec![invalid_cursor().at("cursor")]),
            StoreError::Stale { .. } => Self::new(&codes::CONFLICT).with_cause(error),
            StoreError::Unavailable { .. } | StoreError::Damaged { .. } | StoreError::Gone { .. } => {
                Self::unavailable(RETRY_AFTER, error)
            }
            StoreError::Unknown { .. } => Self::unavailable(RETRY_AFTER, error).with_message(NOT_KNOWN),
            _ => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_errors_become_their_public_errors() {
        let stale = AppError::from(StoreError::Stale { collection: "users", id: "usr_1".to_owned() });
        assert_eq!(stale.code().name, "CONFLICT");

        let cursor = AppError::from(StoreError::InvalidCursor);
        assert_eq!(cursor.code().name, "VALIDATION_FAILED");
        assert_eq!(cursor.details().first().map(|detail| detail.field.as_ref()), Some("cursor"));

        let down = AppError::from(StoreError::Unavailable { doing: "reading a page", source: None });
        assert_eq!((down.status_code(), down.retry_after_secs()), (503, Some(1)));

        let unknown = AppError::from(StoreError::Unknown { doing: "committing", source: None });
        assert_eq!((unknown.status_code(), unknown.message()), (503, NOT_KNOWN));
        assert_ne!(down.message(), unknown.message());

        let taken = AppError::from(StoreError::Duplicate { collection: "users", id: "usr_1".to_owned() });
        assert_eq!(taken.code().name, "INTERNAL");
        assert!(!taken.message().contains("usr_1"));
    }
}
