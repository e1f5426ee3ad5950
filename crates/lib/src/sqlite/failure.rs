//! What SQLite says, in the words of the store.

use rusqlite::{Error, ErrorCode};

use crate::engine::StoreError;

/// A refusal that says "not now" is told apart from a defect of ours.
pub(super) fn failed(doing: &'static str, error: Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::NoLargeFileSupport,
        ) => StoreError::Unavailable { doing, source: Some(error.into()) },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Damaged { doing, source: error.into() }
        }
        _ if is_missing(&error) => StoreError::Unavailable { doing, source: Some(error.into()) },
        _ => StoreError::Engine { doing, source: error.into() },
    }
}

/// Whether a table or an index is not there: all of them were when the store was opened, so somebody took it away.
fn is_missing(error: &Error) -> bool {
    let said = error.to_string();
    ["no such table", "no such index"].iter().any(|missing| said.starts_with(missing))
}

/// Nobody is there to answer, or there is no room to ask.
pub(super) fn unavailable(doing: &'static str) -> StoreError {
    StoreError::Unavailable { doing, source: None }
}
