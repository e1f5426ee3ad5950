//! SQLite's errors as errors of the store.

use std::path::Path;
use std::{fs, io};

use rusqlite::{Error, ErrorCode};

use crate::engine::{OpenError, StoreError};

/// Distinguishes a temporary condition from a bug.
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

/// Whether a table or an index is missing: all of them existed when the store was opened, so somebody dropped it.
fn is_missing(error: &Error) -> bool {
    let said = error.to_string();
    ["no such table", "no such index"].iter().any(|missing| said.starts_with(missing))
}

/// No thread answers, or the queue is full.
pub(super) fn unavailable(doing: &'static str) -> StoreError {
    StoreError::Unavailable { doing, source: None }
}

/// An error of opening.
pub(super) fn explain(path: &Path, doing: &'static str, error: Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotOurs { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { source: error.into() },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked { path },
        Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) if has_no_descriptors() => {
            OpenError::NoDescriptors
        }
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure,
        ) => OpenError::NotWritable { path, source: error.into() },
        _ => OpenError::Engine { doing, source: error.into() },
    }
}

/// A file that could not be created or written: because of its folder, or because of this process.
pub(super) fn not_writable(path: &Path, source: io::Error) -> OpenError {
    if has_no_descriptors() {
        return OpenError::NoDescriptors;
    }
    OpenError::NotWritable { path: path.to_owned(), source: source.into() }
}

/// Whether this process can open no more files, which SQLite does not distinguish from a file that cannot be
/// opened.
fn has_no_descriptors() -> bool {
    // ENFILE and EMFILE, which have the same numbers on all systems.
    const EXHAUSTED: [i32; 2] = [23, 24];
    let tried = fs::File::open("/dev/null");
    tried.is_err_and(|error| error.raw_os_error().is_some_and(|number| EXHAUSTED.contains(&number)))
}
