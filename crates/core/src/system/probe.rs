//! What can be asked how it is.

use std::fmt;

use super::pending::Pending;

/// A dependency that can be asked how it is.
pub trait Probe: Send + Sync + fmt::Debug {
    /// Whether the server cannot do its work without it: then it is down with it, else degraded.
    fn is_vital(&self) -> bool {
        true
    }

    /// How far its clock is ahead of this machine's, in milliseconds (negative: behind), where that is what is watched.
    fn clock_difference(&self) -> Option<i64> {
        None
    }

    /// Whether requests met trouble with it since it was last asked: what was seen then is not true any more.
    fn saw_trouble(&self) -> bool {
        false
    }

    /// Asks. The error is for the log; the caller learns only that it is down.
    fn probe(&self) -> Pending<'_, Result<(), String>>;
}
