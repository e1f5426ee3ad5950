//! What a key is for, and what its loss costs.

use std::fmt;

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
    /// The cost of losing a key of this kind, as a sentence for the operator.
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
