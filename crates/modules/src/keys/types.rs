//! The words of keys: kinds, states, the rhythm of rotation, what is shown to the operator, and what can go wrong.

mod error;
mod rotation;

use std::fmt;

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::seal::OpenError;

pub use error::KeysError;
pub use rotation::{Rotation, RotationError};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// Everything else is derived from it.
    Root,
    /// Passwords are authenticated with it before they are hashed.
    Pepper,
    /// It signs access tokens.
    Signing,
}

impl KeyKind {
    /// What it costs when a key of this kind is lost, in a sentence for the operator.
    pub fn cost(self) -> &'static str {
        match self {
            Self::Root => {
                "every session ends; mailed links, waiting mails and cookies sealed under it become worthless"
            }
            Self::Pepper => {
                "passwords hashed with it can never be verified again: their owners must reset them by mail"
            }
            Self::Signing => "access tokens it signed are refused; browsers get another one by refreshing",
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "root",
            Self::Pepper => "pepper",
            Self::Signing => "signing",
        })
    }
}

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

/// A key as the operator sees it. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// Its name: `root`, `pepper-1`, `signing-<kid>`.
    pub name: String,
    /// What it is for.
    pub kind: KeyKind,
    /// Which of `SECRET_KEYS` it is sealed by. `None` when what is stored is no sealed text.
    pub sealed_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// For a key that signs: where it stands.
    pub signing: Option<SigningSummary>,
}

/// Where a signing key stands, and when that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningSummary {
    /// Where it stands now.
    pub state: SigningState,
    /// From then on it signs.
    pub activates_at: Timestamp,
    /// From then on its successor signs; `None` while there is no successor.
    pub retires_at: Option<Timestamp>,
}

/// A key that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostKey {
    /// Its name.
    pub name: String,
    /// What it is for; [`KeyKind::cost`] says what its loss costs.
    pub kind: KeyKind,
    /// Why it cannot be used.
    pub why: Lost,
}

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It does not open under `SECRET_KEYS`; the reason names the secret.
    Sealed(OpenError),
    /// It opens, but what comes out is no key of that kind and name.
    NoKey,
    /// It is not in the store although others are.
    Missing,
    /// There is no key at all although there is something that was never made without.
    MissingBeside {
        /// The collection in which there is something.
        collection: &'static str,
    },
    /// It is not in the store and never was, although stored passwords were hashed with it.
    Named,
}

impl Lost {
    /// Whether the key itself is gone, and not what opens it.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing | Self::MissingBeside { .. } | Self::Named)
    }
}

impl fmt::Display for LostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keys/{}: ", self.name)?;
        match &self.why {
            Lost::Sealed(reason) => write!(f, "{reason}"),
            Lost::NoKey => f.write_str("what was sealed is no key of that name"),
            Lost::Missing => f.write_str("not in the store, although other keys are"),
            Lost::MissingBeside { collection } => {
                write!(f, "not in the store, although there is something in `{collection}`")
            }
            Lost::Named => {
                f.write_str("not in the store, although passwords of people in it were hashed with it")
            }
        }
    }
}
