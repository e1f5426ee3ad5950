//! Where a signing key stands in its life.

use std::fmt;

/// The state of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SigningState {
    /// Published, so that every verifier knows it, but not signing yet.
    Next,
    /// It signs.
    Current,
    /// It signs no more; its tokens are valid until they expire.
    Retired,
    /// All its tokens are invalid.
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
