//! A password hash as it is stored: the scheme, the pepper, and bcrypt's own text.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Some libraries leave the spare bits of the last character set: they are accepted, and written as zero.
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// bcrypt's own smallest cost.
const MIN_STORED_COST: u32 = 4;

/// An invalid cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a bcrypt cost of {cost} is not within {min} to {max}")]
pub struct CostError {
    cost: u32,
    min: u32,
    max: u32,
}

/// The work of one password hash: bcrypt runs `2^cost` rounds. At least 12; each step doubles the time of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BcryptCost(u32);

impl BcryptCost {
    /// The smallest allowed cost. OWASP's Password Storage Cheat Sheet asks for 10; this is four times that work.
    pub const MIN: Self = Self(12);
    /// The largest: about four seconds. Beyond it a single sign-in is an attack.
    pub const MAX: Self = Self(16);

    /// A configured cost.
    ///
    /// # Errors
    /// Below 12, because a copy of the database would be too cheap to search; above 16.
    pub fn new(cost: u32) -> Result<Self, CostError> {
        let (min, max) = (Self::MIN.0, Self::MAX.0);
        if (min..=max).contains(&cost) { Ok(Self(cost)) } else { Err(CostError { cost, min, max }) }
    }

    /// A cost that protects nothing, for tests that hash a lot. Not in a release build.
    #[cfg(any(test, feature = "test-clock"))]
    pub fn for_tests(cost: u32) -> Self {
        Self(cost.clamp(MIN_STORED_COST, Self::MAX.0))
    }

    /// The exponent.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for BcryptCost {
    fn default() -> Self {
        Self::MIN
    }
}

/// Why a hash from another system is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ImportError {
    /// Not a bcrypt hash of version 2a, 2b or 2y.
    #[error("not a bcrypt hash of the form $2b$cost$salt-and-digest")]
    Malformed,
    /// It costs more than a hash of this deployment, so every failing sign-in would have to cost as much.
    #[error("the bcrypt cost {cost} is above the configured {configured}")]
    TooCostly {
        /// The cost of the hash.
        cost: u32,
        /// The cost of this deployment.
        configured: u32,
    },
}

/// A password hash as it is stored. `Debug` shows neither salt nor digest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(pub(super) Scheme);

/// The scheme of the hash. The names are stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(super) enum Scheme {
    /// bcrypt over base64 of HMAC-SHA-384 of the password under the pepper of that id.
    Peppered { pepper_id: String, bcrypt: String },
    /// bcrypt over the password itself, from a system before this one.
    PlainBcrypt { bcrypt: String },
}

impl PasswordHash {
    /// Imports a bcrypt hash of another system. It verifies as it did there, and the next sign-in replaces it.
    ///
    /// # Errors
    /// See [`ImportError`].
    pub fn import(bcrypt: String, configured: BcryptCost) -> Result<Self, ImportError> {
        let parts = Parts::parse(&bcrypt).ok_or(ImportError::Malformed)?;
        if parts.cost > configured.get() {
            return Err(ImportError::TooCostly { cost: parts.cost, configured: configured.get() });
        }
        Ok(Self(Scheme::PlainBcrypt { bcrypt }))
    }

    /// The pepper that verification needs, if it was made with one.
    pub fn pepper_id(&self) -> Option<&str> {
        match &self.0 {
            Scheme::Peppered { pepper_id, .. } => Some(pepper_id),
            Scheme::PlainBcrypt { .. } => None,
        }
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Scheme::Peppered { pepper_id, .. } => write!(f, "PasswordHash(peppered {pepper_id}, …)"),
            Scheme::PlainBcrypt { .. } => f.write_str("PasswordHash(plain-bcrypt, …)"),
        }
    }
}

/// The parts of bcrypt's text: `$2b$12$` + 22 characters of salt + 31 of digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) cost: u32,
    pub(super) salt: [u8; 16],
    pub(super) digest: [u8; 23],
}

impl Parts {
    /// Reads the versions that name the same computation: 2a, 2b and 2y. 2x marks another, broken one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let body = ["$2a$", "$2b$", "$2y$"].into_iter().find_map(|version| text.strip_prefix(version))?;
        let (cost, encoded) = body.split_once('$')?;
        if cost.len() != 2 || !cost.bytes().all(|b| b.is_ascii_digit()) || encoded.len() != 53 {
            return None;
        }
        let cost = cost.parse().ok()?;
        // A cost beyond ours would keep a worker for minutes, at 31 for days.
        if !(MIN_STORED_COST..=BcryptCost::MAX.0).contains(&cost) {
            return None;
        }
        let (salt, digest) = encoded.split_at_checked(22)?;
        Some(Self { cost, salt: decode(salt)?, digest: decode(digest)? })
    }

    pub(super) fn to_text(self) -> String {
        let (salt, digest) = (BCRYPT_BASE64.encode(self.salt), BCRYPT_BASE64.encode(self.digest));
        format!("$2b${:02}${salt}{digest}", self.cost)
    }
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    BCRYPT_BASE64.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "$2b$12$L6Bc/AlTQHyd9liGgGEZyOFLPHNgyxeEPfgYfBCVxJ7JIlwxyVU3u";

    #[test]
    fn a_cost_below_twelve_does_not_start() {
        assert!(BcryptCost::new(11).is_err());
        assert_eq!(BcryptCost::new(12).unwrap(), BcryptCost::MIN);
        assert!(BcryptCost::new(17).is_err());
        assert_eq!(BcryptCost::new(4).unwrap_err().to_string(), "a bcrypt cost of 4 is not within 12 to 16");
    }

    #[test]
    fn bcrypt_texts_are_read_and_written() {
        let parts = Parts::parse(TEXT).unwrap();
        assert_eq!(parts.cost, 12);
        assert_eq!(parts.to_text(), TEXT);
        for version in ["2a", "2y"] {
            assert!(Parts::parse(&TEXT.replace("2b", version)) == Some(parts), "{version}");
        }
    }

    #[test]
    fn a_malformed_or_unsupported_bcrypt_text_is_refused() {
        let cases = [
            String::new(),
            TEXT.replace("2b", "2x"),
            TEXT.replace("$12$", "$1$"),
            TEXT.replace("$12$", "$+9$"),
            TEXT.replace("$12$", "$03$"),
            TEXT.replace("$12$", "$17$"),
            TEXT.replace("$12$", "$31$"),
            format!("{TEXT}u"),
            TEXT[..59].to_owned(),
            format!("{}=", &TEXT[..59]),
            format!("{}é", &TEXT[..58]),
            TEXT.replace('L', "é"),
        ];
        for text in cases {
            assert!(Parts::parse(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn spare_bits_another_library_left_set_are_read() {
        let (start, rest) = TEXT.split_at(28);
        assert!(Parts::parse(&format!("{start}P{}", &rest[1..])) == Parts::parse(TEXT));
    }

    #[test]
    fn the_stored_form_names_its_scheme_and_debug_hides_the_rest() {
        let peppered = PasswordHash(Scheme::Peppered { pepper_id: "p1".to_owned(), bcrypt: TEXT.to_owned() });
        let stored = serde_json::to_value(&peppered).unwrap();
        assert_eq!(stored, serde_json::json!({"scheme": "peppered", "pepperId": "p1", "bcrypt": TEXT}));
        assert!(serde_json::from_value::<PasswordHash>(stored).unwrap() == peppered);
        assert_eq!(format!("{peppered:?}"), "PasswordHash(peppered p1, …)");

        let imported = PasswordHash::import(TEXT.to_owned(), BcryptCost::MIN).unwrap();
        let stored = serde_json::to_value(&imported).unwrap();
        assert_eq!(stored, serde_json::json!({"scheme": "plain-bcrypt", "bcrypt": TEXT}));
    }

    #[test]
    fn a_hash_above_the_configured_cost_is_not_imported() {
        assert_eq!(
            PasswordHash::import(TEXT.replace("$12$", "$13$"), BcryptCost::MIN),
            Err(ImportError::TooCostly { cost: 13, configured: 12 })
        );
        assert_eq!(PasswordHash::import("secret".to_owned(), BcryptCost::MIN), Err(ImportError::Malformed));
    }
}
