//! The results of hashing and verifying.

use std::time::Duration;

use thiserror::Error;

/// Why a password was neither hashed nor verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// Too many requests wait. Returned at once when the queue is full, and otherwise as soon as it is clear that
    /// the answer would come too late.
    #[error("hashing a password: too many requests wait")]
    Overloaded {
        /// When a retry makes sense: once the requests that wait now are done.
        retry_after: Duration,
    },
    /// The hasher was shut down, or a worker failed, before the answer.
    #[error("hashing a password: the hasher stopped before the answer")]
    Stopped,
}

/// A defect of a stored hash. For the log: the caller sees a mismatch like any other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Defect {
    /// The text is not a bcrypt hash.
    #[error("the stored password hash is not bcrypt")]
    Malformed,
    /// It was made with a pepper that this deployment does not have.
    #[error("the stored password hash needs the pepper {id}, which is missing")]
    MissingPepper {
        /// The id of the pepper.
        id: String,
    },
}

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict {
    /// Whether the password is that of the account.
    pub matches: bool,
    /// Whether the hash should be replaced by a new one of the same password: an older scheme, pepper or cost.
    /// Never set without a match, nor where plain bcrypt accepts other passwords for this one.
    pub needs_upgrade: bool,
    /// The stored hash cannot be read at all. To be logged, and answered as a mismatch.
    pub defect: Option<Defect>,
}
