//! Keys that cannot be used, and why.

use std::fmt;

use palisade_core::utils::crypto::seal::OpenError;

use super::kind::KeyKind;

/// An unusable key, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostKey {
    /// Its name.
    pub name: String,
    /// Its purpose; [`KeyKind::cost`] gives the cost of its loss.
    pub kind: KeyKind,
    /// Why it is unusable.
    pub why: Lost,
}

/// Why a key is unusable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It does not open under `SECRET_KEYS`; the reason names the secret.
    Sealed(OpenError),
    /// It opens, but the content is not a key of that kind and name.
    NoKey,
    /// It is not in the store although others are.
    Missing,
    /// There is no key at all although there is content that depends on keys.
    MissingBeside {
        /// The collection with content.
        collection: &'static str,
    },
    /// It is not in the store and never was, although stored passwords were hashed with it.
    Named,
}

impl Lost {
    /// Whether the key itself is missing, and not the secret that opens it.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing | Self::MissingBeside { .. } | Self::Named)
    }
}

impl fmt::Display for LostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keys/{}: ", self.name)?;
        match &self.why {
            Lost::Sealed(reason) => write!(f, "{reason}"),
            Lost::NoKey => f.write_str("the sealed content is not a key of that name"),
            Lost::Missing => f.write_str("not in the store, although other keys are"),
            Lost::MissingBeside { collection } => {
                write!(f, "not in the store, although `{collection}` has documents")
            }
            Lost::Named => {
                f.write_str("not in the store, although passwords of users in it were hashed with it")
            }
        }
    }
}
