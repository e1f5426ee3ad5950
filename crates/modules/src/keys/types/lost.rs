//! Keys that cannot be used, and why.

use std::fmt;

use palisade_core::utils::crypto::seal::OpenError;

use super::kind::KeyKind;

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
                f.write_str("not in the store, although passwords of users in it were hashed with it")
            }
        }
    }
}
