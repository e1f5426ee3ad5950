//! What the driver says, in the words of the store.

use mongodb::error::{Error, ErrorKind, RETRYABLE_WRITE_ERROR, TRANSIENT_TRANSACTION_ERROR, WriteFailure};

use crate::store::StoreError;

pub(super) const UNAUTHORIZED: i32 = 13;
pub(super) const NAMESPACE_NOT_FOUND: i32 = 26;
pub(super) const INDEX_NOT_FOUND: i32 = 27;
/// What a hosted cluster answers where the server itself would say 13 or 18.
pub(super) const ATLAS: i32 = 8000;
const WRITE_CONFLICT: i32 = 112;
const DUPLICATE_KEY: i32 = 11000;

/// Codes that say "not now": elections, shutdowns, time limits, a majority that is not there, a full disk.
/// From the server's `error_codes.yml`.
const NOT_NOW: [i32; 28] = [
    6, 7, 24, 43, 46, 50, 64, 79, 89, 91, 100, 134, 189, 202, 237, 239, 246, 251, 262, 290, 317, 9001, 10107,
    11600, 11602, 13435, 13436, 14031,
];

pub(super) fn code(error: &Error) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some(write.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => Some(concern.code),
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
                || code(error).is_some_and(|code| NOT_NOW.contains(&code))
        }
    }
}

/// What was said, for the log. A command's message may quote the document, so only its code is given.
pub(super) fn said(error: &Error) -> String {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => {
            format!("the server answered {} ({})", command.code, command.code_name)
        }
        ErrorKind::Write(_) => match code(error) {
            Some(code) => format!("the server answered {code} to a write"),
            None => "the server refused a write".to_owned(),
        },
        ErrorKind::Io(error) => error.to_string(),
        ErrorKind::ServerSelection { message, .. }
        | ErrorKind::ConnectionPoolCleared { message, .. }
        | ErrorKind::DnsResolve { message, .. }
        | ErrorKind::Authentication { message, .. } => message.clone(),
        _ => error.to_string(),
    }
}

/// Our own deadline passed.
pub(super) fn too_late(doing: &'static str) -> StoreError {
    StoreError::Unavailable { doing, source: Some("the deadline passed".into()) }
}
