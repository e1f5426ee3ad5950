//! Where a signing key stands in its life.

use std::fmt;

/// Where a signing key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SigningState {
    /// Published, so that nobody meets it unprepared, but not signing yet.
    Next,
    /// It signs.
    Current,
    /// It signs no more; what it signed still counts until it expires.
    Retired,
    /// Nothing it signed counts any more.
    Withdrawn,
}

impl fmt::Display for SigningState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Retired => "retired",
            Self::Withdrawn => "withdrawn",
        })
    }
}
