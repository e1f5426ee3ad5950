//! What SQLite says, in the words of the store.

use rusqlite::{Error, ErrorCode};

use crate::store::StoreError;

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
        _ => StoreError::Engine { doing, source: error.into() },
    }
}

/// Nobody is there to answer, or there is no room to ask.
pub(super) fn unavailable(doing: &'static str) -> StoreError {
    StoreError::Unavailable { doing, source: None }
}
