//! The stored keys: the sealed key and, for one that signs tokens, its public half and its times.

use std::fmt;

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::random::{decode_base64url, encode_base64url};
use palisade_core::utils::crypto::seal::Sealed;
use palisade_core::utils::crypto::token::{KeyId, PublicKey};
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _, DocumentId};
use serde::{Deserialize, Serialize};

use super::types::KeyKind;

/// The name of a key: `root`, `pepper-1`, `signing-<kid>`. It also gives the kind of the key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeyName {
    /// There is one. Its fixed name makes the first creation a claim.
    Root,
    /// Counted from 1. Stored password hashes name it, so a number is never reused for another pepper.
    Pepper(u32),
    /// Named by the thumbprint of its public half.
    Signing(KeyId),
}

impl KeyName {
    pub(crate) fn kind(&self) -> KeyKind {
        match self {
            Self::Root => KeyKind::Root,
            Self::Pepper(_) => KeyKind::Pepper,
            Self::Signing(_) => KeyKind::Signing,
        }
    }

    /// The context of the seal: a sealed text does not open under another name.
    pub(crate) fn context(&self) -> String {
        format!("keys/{}/{self}", self.kind())
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("root"),
            Self::Pepper(number) => write!(f, "pepper-{number}"),
            Self::Signing(kid) => write!(f, "signing-{kid}"),
        }
    }
}

impl DocumentId for KeyName {
    fn parse(text: &str) -> Option<Self> {
        let name = if text == "root" {
            Self::Root
        } else if let Some(number) = text.strip_prefix("pepper-") {
            Self::Pepper(number.parse().ok()?)
        } else {
            Self::Signing(KeyId::parse(text.strip_prefix("signing-")?)?)
        };
        // `pepper-+1` and `pepper-01` would be second spellings of one name.
        (name.to_string() == text).then_some(name)
    }
}

/// A key as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Key {
    pub(crate) sealed: Sealed,
    /// Present exactly for keys that sign tokens.
    pub(crate) signing: Option<Signing>,
}

collection! {
    Key in "keys" {
        id: KeyName,
        version: 1,
        kind: soft(purge: by("the service of keys, which keeps those that something may still need")),
        pub(crate) index ALL: oldest_first;
    }
}

/// The collection of this module.
pub const COLLECTION: &CollectionDef = Key::DEF;

/// The public side of a signing key. Its state is not stored but follows from the times, so every instance sees it
/// change at the same moment, and no write is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signing {
    /// The public half, unencrypted.
    pub(crate) point: Point,
    /// It signs from then on.
    pub(crate) activates_at: Timestamp,
    /// Its successor signs from then on. Exactly one key that is not withdrawn has none.
    pub(crate) retires_at: Option<Timestamp>,
    /// When it was withdrawn; all its tokens are invalid.
    pub(crate) withdrawn_at: Option<Timestamp>,
}

/// An uncompressed point of P-256, in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Point(String);

impl Point {
    pub(crate) fn of(key: &PublicKey) -> Self {
        Self(encode_base64url(key.point()))
    }

    /// Whether this is the point of that key.
    pub(crate) fn belongs_to(&self, key: &PublicKey) -> bool {
        decode_base64url(&self.0).is_some_and(|point| point == key.point())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let kid = "A".repeat(43);
        for text in ["root", "pepper-1", "pepper-12", &format!("signing-{kid}")] {
            assert_eq!(KeyName::parse(text).map(|name| name.to_string()).as_deref(), Some(text));
        }
        for text in
            ["", "Root", "pepper-", "pepper-01", "pepper-+1", "pepper--1", "signing-", "signing-abc", "other"]
        {
            assert_eq!(KeyName::parse(text), None, "{text}");
        }
    }
}
