//! The driver's errors as errors of the store.

use mongodb::error::{
    Error, ErrorKind, InsertManyError, RETRYABLE_WRITE_ERROR, SYSTEM_OVERLOADED_ERROR,
    TRANSIENT_TRANSACTION_ERROR, WriteFailure,
};

use super::topology;
use crate::engine::StoreError;

pub(super) const UNAUTHORIZED: i32 = 13;
/// A database exists whose name differs only in case (`DatabaseDifferCase`).
pub(super) const OTHER_CASE: i32 = 13297;
/// A majority did not confirm in time, or cannot.
pub(super) const NO_MAJORITY: [i32; 2] = [64, 100];
pub(super) const NAMESPACE_NOT_FOUND: i32 = 26;
pub(super) const INDEX_NOT_FOUND: i32 = 27;
/// The code of a hosted cluster where the server itself would answer 13 or 18.
pub(super) const ATLAS: i32 = 8000;
const WRITE_CONFLICT: i32 = 112;
const DUPLICATE_KEY: i32 = 11000;

/// `NotWritablePrimary` and similar codes.
const NO_PRIMARY: [i32; 3] = [10107, 13435, 13436];

/// Codes of temporary conditions: elections, shutdowns, time limits, a missing majority, a full disk, overload, writes
/// that an operator blocks. From the server's `error_codes.yml`; 473 (`InterruptedDueToOverload`) is newer than the
/// published list.
const TEMPORARY: [i32; 38] = [
    6, 7, 24, 43, 46, 50, 64, 79, 89, 91, 100, 133, 134, 189, 202, 216, 217, 237, 239, 246, 251, 262, 290,
    317, 365, 371, 433, 449, 450, 462, 473, 9001, 10107, 11600, 11602, 13435, 13436, 14031,
];

/// The server's code. For several inserts the first refused one stands for all.
pub(super) fn code(error: &Error) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some(write.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => Some(concern.code),
        ErrorKind::InsertMany(InsertManyError { write_errors, write_concern_error, .. }) => {
            let write = write_errors.iter().flatten().next().map(|write| write.code);
            write.or_else(|| write_concern_error.as_ref().map(|concern| concern.code))
        }
        _ => None,
    }
}

pub(super) fn is_duplicate(error: &Error) -> bool {
    code(error) == Some(DUPLICATE_KEY)
}

/// Whether a transaction with this error is aborted and may be retried as a whole.
pub(super) fn is_transient(error: &Error) -> bool {
    error.contains_label(TRANSIENT_TRANSACTION_ERROR) || code(error) == Some(WRITE_CONFLICT)
}

/// Distinguishes a temporary condition from a bug.
pub(super) fn failed(doing: &'static str, error: &Error) -> StoreError {
    let source = said(error).into();
    if is_temporary(error) {
        StoreError::Unavailable { doing, source: Some(source) }
    } else {
        StoreError::Engine { doing, source }
    }
}

/// The same for a single write, which may have been done although no answer says so.
pub(super) fn failed_to_write(doing: &'static str, error: &Error) -> StoreError {
    if may_be_done(error) {
        StoreError::Unknown { doing, source: Some(said(error).into()) }
    } else {
        failed(doing, error)
    }
}

/// Whether the command may have been executed: the connection broke before the answer, or the primary executed it
/// and could not say whether a majority has it.
fn may_be_done(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::Io(_)
        | ErrorKind::InvalidResponse { .. }
        | ErrorKind::Write(WriteFailure::WriteConcernError(_)) => true,
        ErrorKind::ServerSelection { .. }
        | ErrorKind::Authentication { .. }
        | ErrorKind::DnsResolve { .. } => false,
        // A server that is not primary did nothing.
        _ if code(error).is_some_and(|code| NO_PRIMARY.contains(&code)) => false,
        _ => error.contains_label(RETRYABLE_WRITE_ERROR),
    }
}

/// Whether a retry may succeed.
pub(super) fn is_temporary(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::Io(_)
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::Authentication { .. }
        | ErrorKind::Shutdown => true,
        _ => {
            is_transient(error)
                || error.contains_label(RETRYABLE_WRITE_ERROR)
                || error.contains_label(SYSTEM_OVERLOADED_ERROR)
                || code(error).is_some_and(|code| TEMPORARY.contains(&code))
                || is_without_index(error)
        }
    }
}

/// Whether an index that a query names is missing: all of them existed when the store was opened, so somebody
/// dropped it, or the collection.
fn is_without_index(error: &Error) -> bool {
    const BAD_VALUE: i32 = 2;

    match error.kind.as_ref() {
        ErrorKind::Command(command) => command.code == BAD_VALUE && command.message.contains("hint provided"),
        _ => false,
    }
}

/// The error for the log. The server's text may quote the document, so only its code is given; of the driver's own
/// texts only those about servers and connections.
pub(super) fn said(error: &Error) -> String {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => {
            format!("the server answered {} ({})", command.code, command.code_name)
        }
        ErrorKind::Write(_) | ErrorKind::InsertMany(_) => match code(error) {
            Some(code) => format!("the server answered {code} to a write"),
            None => "the server refused a write".to_owned(),
        },
        ErrorKind::Io(error) => error.to_string(),
        ErrorKind::ServerSelection { message, .. }
        | ErrorKind::ConnectionPoolCleared { message, .. }
        | ErrorKind::DnsResolve { message, .. }
        | ErrorKind::Authentication { message, .. }
        | ErrorKind::InvalidTlsConfig { message, .. }
        | ErrorKind::IncompatibleServer { message, .. }
        | ErrorKind::Transaction { message, .. } => topology::readable(message),
        ErrorKind::InvalidArgument { .. } => "the driver found an argument invalid".to_owned(),
        ErrorKind::InvalidResponse { .. } => "the server's answer is invalid".to_owned(),
        ErrorKind::Bson(_) => "the driver could not read or write BSON".to_owned(),
        ErrorKind::Shutdown => "the client has been shut down".to_owned(),
        _ => "the driver failed".to_owned(),
    }
}

/// Our own deadline passed, and the command may or may not have been executed.
pub(super) fn unknown(doing: &'static str) -> StoreError {
    StoreError::Unknown { doing, source: Some("the deadline passed".into()) }
}

/// Our own deadline passed before the command could take effect.
pub(super) fn deadline_passed(doing: &'static str) -> StoreError {
    StoreError::Unavailable { doing, source: Some("the deadline passed".into()) }
}
