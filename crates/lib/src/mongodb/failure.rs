//! What the driver says, in the words of the store.

use mongodb::error::{
    Error, ErrorKind, InsertManyError, RETRYABLE_WRITE_ERROR, SYSTEM_OVERLOADED_ERROR,
    TRANSIENT_TRANSACTION_ERROR, WriteFailure,
};

use super::topology;
use crate::engine::StoreError;

pub(super) const UNAUTHORIZED: i32 = 13;
/// A database of the same name in other letters is there (`DatabaseDifferCase`).
pub(super) const OTHER_CASE: i32 = 13297;
/// What most members did not confirm in time, or cannot.
pub(super) const NO_MAJORITY: [i32; 2] = [64, 100];
pub(super) const NAMESPACE_NOT_FOUND: i32 = 26;
pub(super) const INDEX_NOT_FOUND: i32 = 27;
/// What a hosted cluster answers where the server itself would say 13 or 18.
pub(super) const ATLAS: i32 = 8000;
const WRITE_CONFLICT: i32 = 112;
const DUPLICATE_KEY: i32 = 11000;

/// `NotWritablePrimary` and its kin.
const NO_PRIMARY: [i32; 3] = [10107, 13435, 13436];

/// Codes that say "not now": elections, shutdowns, time limits, a majority that is not there, a full disk, too much to do,
/// writes that an operator holds back. From the server's `error_codes.yml`; 473 (`InterruptedDueToOverload`) is newer than
/// what is published of it.
const NOT_NOW: [i32; 38] = [
    6, 7, 24, 43, 46, 50, 64, 79, 89, 91, 100, 133, 134, 189, 202, 216, 217, 237, 239, 246, 251, 262, 290,
    317, 365, 371, 433, 449, 450, 462, 473, 9001, 10107, 11600, 11602, 13435, 13436, 14031,
];

/// What the server called it. Of several inserts the first that was refused says it for all.
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

/// Whether a transaction that met this is undone and may be tried again as a whole.
pub(super) fn is_transient(error: &Error) -> bool {
    error.contains_label(TRANSIENT_TRANSACTION_ERROR) || code(error) == Some(WRITE_CONFLICT)
}

/// A refusal that says "not now" is told apart from a defect of ours.
pub(super) fn failed(doing: &'static str, error: &Error) -> StoreError {
    let source = said(error).into();
    if is_not_now(error) {
        StoreError::Unavailable { doing, source: Some(source) }
    } else {
        StoreError::Engine { doing, source }
    }
}

/// The same for a write that is no transaction, which may have been done although no answer says so.
pub(super) fn failed_to_write(doing: &'static str, error: &Error) -> StoreError {
    if may_be_done(error) {
        StoreError::Unknown { doing, source: Some(said(error).into()) }
    } else {
        failed(doing, error)
    }
}

/// Whether what was asked may have been done: the connection broke before the answer, or the primary did it and could not
/// say whether most members have it.
fn may_be_done(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::Io(_)
        | ErrorKind::InvalidResponse { .. }
        | ErrorKind::Write(WriteFailure::WriteConcernError(_)) => true,
        ErrorKind::ServerSelection { .. }
        | ErrorKind::Authentication { .. }
        | ErrorKind::DnsResolve { .. } => false,
        // Who is no primary did nothing.
        _ if code(error).is_some_and(|code| NO_PRIMARY.contains(&code)) => false,
        _ => error.contains_label(RETRYABLE_WRITE_ERROR),
    }
}

/// Whether another time may go better.
pub(super) fn is_not_now(error: &Error) -> bool {
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
                || code(error).is_some_and(|code| NOT_NOW.contains(&code))
                || is_without_index(error)
        }
    }
}

/// Whether an index is not there that a query names: all of them were when the store was opened, so somebody took it away, or
/// the collection.
fn is_without_index(error: &Error) -> bool {
    const BAD_VALUE: i32 = 2;

    match error.kind.as_ref() {
        ErrorKind::Command(command) => command.code == BAD_VALUE && command.message.contains("hint provided"),
        _ => false,
    }
}

/// What was said, for the log. What the server says may quote the document, so only its code is given; of the driver's own
/// words those are, which are about servers and the way to them.
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
        ErrorKind::InvalidResponse { .. } => "the server's answer is not one".to_owned(),
        ErrorKind::Bson(_) => "the driver could not read or write BSON".to_owned(),
        ErrorKind::Shutdown => "the client has been shut down".to_owned(),
        _ => "the driver failed".to_owned(),
    }
}

/// Our own deadline passed, and what was handed over may be done or not.
pub(super) fn unknown(doing: &'static str) -> StoreError {
    StoreError::Unknown { doing, source: Some("the deadline passed".into()) }
}

/// Our own deadline passed.
pub(super) fn too_late(doing: &'static str) -> StoreError {
    StoreError::Unavailable { doing, source: Some("the deadline passed".into()) }
}
