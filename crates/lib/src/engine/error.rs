//! What can go wrong in the store, one variant for each case a caller can tell apart.

use std::error::Error;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::utils::pagination::invalid_cursor;

/// A cause, for the log.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// When a caller should come back after [`StoreError::Unavailable`].
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a caller is told after [`StoreError::Unknown`]: whoever repeats it blindly may do it twice.
const NOT_KNOWN: &str = "It is not known whether the request was carried out: look before you repeat it";

/// An id as errors show it. A claim such as `email:…` holds what it claims, and an address has no place in a log.
fn shown(id: &str) -> String {
    id.split_once(':').map_or_else(|| id.to_owned(), |(kind, _)| format!("{kind}:…"))
}

/// Why the store did not do what it was asked.
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
    /// A write found its document changed, gone, expired or not in the state the verb needs. Nothing of the batch
    /// was written: read again and decide again.
    #[error("writing {collection}/{}: the document is not what it was when it was read", shown(id))]
    Stale {
        /// The collection.
        collection: &'static str,
        /// The id.
        id: String,
    },
    /// The database is down, busy, full, or has more to do than it accepts. Nothing of a batch was written.
    #[error("the store is not available: {doing}")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// What the engine said.
        #[source]
        source: Option<Cause>,
    },
    /// A batch was handed over, and no answer came back that says whether it was written.
    #[error("whether it was written is not known: {doing}")]
    Unknown {
        /// What was being done.
        doing: &'static str,
        /// What the engine said.
        #[source]
        source: Option<Cause>,
    },
    /// The file of the database is damaged: some of what was written cannot be read.
    #[error(
        "the database is damaged ({doing}): stop the server, move the file and its `-wal` away, and restore a backup"
    )]
    Damaged {
        /// What was being done.
        doing: &'static str,
        /// What the engine said.
        #[source]
        source: Cause,
    },
    /// A collection that had documents is not there any more.
    #[error(
        "the collection {collection} had documents and is gone from the database: restore it from a backup"
    )]
    Gone {
        /// The collection.
        collection: &'static str,
    },
    /// A stored document is not what its type says.
    #[error("reading {collection}/{}: `{field}` is not what was written there", shown(id))]
    Corrupt {
        /// The collection.
        collection: &'static str,
        /// The id.
        id: String,
        /// The path of the field.
        field: String,
        /// What was wrong with it.
        #[source]
        source: Option<Cause>,
    },
    /// A stored document was written by a newer version of this program. It is refused, not guessed.
    #[error(
        "reading {collection}/{}: it has schema version {found}, this program knows up to {known}",
        shown(id)
    )]
    NewerSchema {
        /// The collection.
        collection: &'static str,
        /// The id.
        id: String,
        /// The version it has.
        found: i64,
        /// The newest version known here.
        known: u32,
    },
    /// The cursor was not made by this store for this query.
    #[error("the cursor was not made for this query")]
    InvalidCursor,
    /// A value breaks a rule of the store: an index key that is missing, of another kind or too long, an id that is
    /// empty or too long, a document over the size limit, or more writes than a batch may have. A defect.
    #[error("writing {collection}/{}: {reason}", shown(id))]
    Unstorable {
        /// The collection.
        collection: &'static str,
        /// The id.
        id: String,
        /// The rule.
        reason: String,
    },
    /// The collection is not in the list the store was opened with, or belongs to another type there. A defect.
    #[error("the collection {collection} of this type is not in the list the store was opened with")]
    Undeclared {
        /// The collection.
        collection: &'static str,
    },
    /// The index is none of those its collection was declared with, so nobody created it. A defect.
    #[error("the collection {collection} was declared without the index {index}")]
    UndeclaredIndex {
        /// The collection.
        collection: &'static str,
        /// The index.
        index: &'static str,
    },
    /// The engine refused something it should not have. A defect.
    #[error("the engine failed while {doing}")]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// What it said.
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
    fn each_case_becomes_what_a_caller_may_know() {
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
