//! Peppers: the keys under which a password is authenticated before it is hashed, so that a copy of the database
//! alone cannot be searched.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::utils::crypto::secret::{ExposeSecret as _, Key256, SecretString};

/// Why a set of peppers is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PeppersError {
    /// The pepper for new hashes is missing.
    #[error("the current pepper {id} is not among the peppers")]
    MissingCurrent {
        /// Its id.
        id: String,
    },
    /// One id names two keys.
    #[error("the pepper {id} is given twice")]
    Duplicate {
        /// Its id.
        id: String,
    },
}

/// All peppers by their ids, and the current one for new hashes.
#[derive(Clone)]
pub struct Peppers {
    current: (String, hmac::Key),
    all: BTreeMap<String, hmac::Key>,
}

impl Peppers {
    /// The peppers of this deployment. Old ones stay as long as a hash names them.
    ///
    /// # Errors
    /// See [`PeppersError`].
    pub fn new(
        current: &str,
        peppers: impl IntoIterator<Item = (String, Key256)>,
    ) -> Result<Self, PeppersError> {
        let mut all = BTreeMap::new();
        for (id, key) in peppers {
            let key = hmac::Key::new(hmac::HMAC_SHA384, key.expose_secret());
            if all.insert(id.clone(), key).is_some() {
                return Err(PeppersError::Duplicate { id });
            }
        }
        match all.get(current) {
            Some(key) => Ok(Self { current: (current.to_owned(), key.clone()), all }),
            None => Err(PeppersError::MissingCurrent { id: current.to_owned() }),
        }
    }

    /// The id of the pepper for new hashes.
    pub(super) fn current_id(&self) -> &str {
        &self.current.0
    }

    /// The input of bcrypt for a new hash.
    pub(super) fn apply_current(&self, password: &SecretString) -> Zeroizing<String> {
        prehash(&self.current.1, password)
    }

    /// The input of bcrypt for a hash with that pepper.
    pub(super) fn apply(&self, id: &str, password: &SecretString) -> Option<Zeroizing<String>> {
        self.all.get(id).map(|key| prehash(key, password))
    }
}

impl fmt::Debug for Peppers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peppers")
            .field("current", &self.current.0)
            .field("all", &self.all.keys())
            .finish_non_exhaustive()
    }
}

/// 48 bytes become 64 characters: below bcrypt's 72, and without the NUL at which some implementations stop.
/// Without a key an attacker could try a leak of unsalted SHA-384 hashes against ours ("password shucking").
fn prehash(pepper: &hmac::Key, password: &SecretString) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(hmac::sign(pepper, password.expose_secret().as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prehash_agrees_with_rfc_4231_case_2() {
        let key = hmac::Key::new(hmac::HMAC_SHA384, b"Jefe");
        let prehash = prehash(&key, &SecretString::from("what do ya want for nothing?"));
        let tag = "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649";
        let bytes = |hex: &str| -> Vec<u8> {
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
        };
        assert_eq!(*prehash, STANDARD.encode(bytes(tag)));
        assert_eq!(prehash.len(), 64);
    }

    #[test]
    fn a_set_names_its_current_pepper_once() {
        let key = |byte| Key256::new([byte; 32]);
        let two = || [("a".to_owned(), key(1)), ("b".to_owned(), key(2))];
        assert_eq!(Peppers::new("b", two()).unwrap().current_id(), "b");
        assert_eq!(
            Peppers::new("c", two()).unwrap_err(),
            PeppersError::MissingCurrent { id: "c".to_owned() }
        );
        assert_eq!(
            Peppers::new("a", [("a".to_owned(), key(1)), ("a".to_owned(), key(2))]).unwrap_err(),
            PeppersError::Duplicate { id: "a".to_owned() }
        );
    }
}
