//! Refresh tokens: `sessionId.generation.mac`.
//!
//! The key of the MAC is derived from the root key and from a random seed in the session's document. So neither the
//! environment alone nor a copy of the database alone can forge a token, and the server can issue a token a second
//! time without ever having stored it. The session decides which generation is live; this module decides only
//! authenticity.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::purpose::Purpose;
use crate::system::Rng;
use crate::utils::crypto::keyring::{Keyring, MacKey};
use crate::utils::crypto::random::{decode_base64url_array, encode_base64url, random_array};
use crate::utils::crypto::secret::Key256;

/// The maximum length of the session id in a token, in bytes.
pub const MAX_SESSION_ID_LENGTH: usize = 64;
const MAC_TEXT_LENGTH: usize = 43;
const MAX_GENERATION_DIGITS: usize = 19;

/// The session's half of the key: 32 random bytes, stored in its document as URL-safe base64.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshSeed(Key256);

impl RefreshSeed {
    /// A seed for a new session.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(Key256::new(random_array(rng)))
    }
}

impl fmt::Debug for RefreshSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshSeed(…)")
    }
}

impl Serialize for RefreshSeed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(encode_base64url(self.0.expose_secret())))
    }
}

impl<'de> Deserialize<'de> for RefreshSeed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        decode_base64url_array(&text)
            .map(|bytes| Self(Key256::new(bytes)))
            .ok_or_else(|| serde::de::Error::custom("not the seed of a session"))
    }
}

/// Makes and checks refresh tokens.
#[derive(Clone, Debug)]
pub struct RefreshTokens(MacKey);

impl RefreshTokens {
    /// With the deployment's half of the key.
    pub fn new(keyring: &Keyring) -> Self {
        Self(keyring.mac(Purpose::RefreshMac))
    }

    /// The token of this generation: the same on each call.
    pub fn mint(&self, seed: &RefreshSeed, session_id: &str, generation: u64) -> Zeroizing<String> {
        let message = message(session_id, generation);
        let mac = encode_base64url(self.session_key(seed).tag(message.as_bytes()));
        Zeroizing::new(format!("{message}.{mac}"))
    }

    /// Whether this deployment made the token for the session with this seed. In constant time.
    pub fn verify(&self, seed: &RefreshSeed, presented: &PresentedRefresh<'_>) -> bool {
        let message = message(presented.session_id, presented.generation);
        self.session_key(seed).verify(message.as_bytes(), &presented.mac)
    }

    fn session_key(&self, seed: &RefreshSeed) -> MacKey {
        MacKey::new(&Key256::new(self.0.tag(seed.0.expose_secret())))
    }
}

/// The id has no dot (see [`PresentedRefresh::parse`]), so no two pairs give the same message.
fn message(session_id: &str, generation: u64) -> String {
    format!("{session_id}.{generation}")
}

/// A refresh token as received: well-formed, but not verified yet.
pub struct PresentedRefresh<'a> {
    session_id: &'a str,
    generation: u64,
    mac: [u8; 32],
}

impl<'a> PresentedRefresh<'a> {
    /// Longer than any token that we issue.
    pub const MAX_LENGTH: usize = MAX_SESSION_ID_LENGTH + 1 + MAX_GENERATION_DIGITS + 1 + MAC_TEXT_LENGTH;

    /// Parses `sessionId.generation.mac`. `None` for anything but the one spelling that we would have written.
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.len() > Self::MAX_LENGTH {
            return None;
        }
        let mut parts = text.split('.');
        let (session_id, generation, mac) = (parts.next()?, parts.next()?, parts.next()?);
        let known = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if parts.next().is_some()
            || session_id.is_empty()
            || session_id.len() > MAX_SESSION_ID_LENGTH
            || !session_id.bytes().all(known)
        {
            return None;
        }
        Some(Self {
            session_id,
            generation: parse_generation(generation)?,
            mac: decode_base64url_array(mac)?,
        })
    }

    /// The session that it claims. Parse it as an id before looking it up.
    pub fn session_id(&self) -> &'a str {
        self.session_id
    }

    /// The generation that it claims.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

impl fmt::Debug for PresentedRefresh<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedRefresh")
            .field("session_id", &self.session_id)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// Digits without sign or leading zero, and no more than fit into a signed 64-bit column.
fn parse_generation(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    if !canonical || text.len() > MAX_GENERATION_DIGITS || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse::<i64>().ok().and_then(|number| u64::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::SystemRng;

    const SESSION: &str = "ses_0190a1b2c3d4e5f60718293a4b5c6d7e";

    fn tokens(root: u8) -> RefreshTokens {
        RefreshTokens::new(&Keyring::new(Key256::new([root; 32])))
    }

    #[test]
    fn a_generation_has_one_token_and_it_verifies() {
        let (tokens, seed) = (tokens(1), RefreshSeed::generate(&SystemRng));
        let token = tokens.mint(&seed, SESSION, 7);
        assert_eq!(token, tokens.mint(&seed, SESSION, 7));
        let presented = PresentedRefresh::parse(&token).unwrap();
        assert_eq!((presented.session_id(), presented.generation()), (SESSION, 7));
        assert!(tokens.verify(&seed, &presented));
    }

    #[test]
    fn both_halves_of_the_key_and_both_parts_of_the_name_count() {
        let seed = RefreshSeed::generate(&SystemRng);
        let token = tokens(1).mint(&seed, SESSION, 7);
        let presented = PresentedRefresh::parse(&token).unwrap();
        assert!(!tokens(2).verify(&seed, &presented), "another root key");
        assert!(!tokens(1).verify(&RefreshSeed::generate(&SystemRng), &presented), "another seed");
        let other = PresentedRefresh { generation: 8, ..PresentedRefresh::parse(&token).unwrap() };
        assert!(!tokens(1).verify(&seed, &other), "another generation");
        let other = PresentedRefresh { session_id: "ses_other", ..presented };
        assert!(!tokens(1).verify(&seed, &other), "another session");
    }

    #[test]
    fn only_the_spelling_we_write_is_read() {
        let seed = RefreshSeed::generate(&SystemRng);
        let token = tokens(1).mint(&seed, SESSION, 7);
        let mac = token.rsplit('.').next().unwrap();
        for text in [
            String::new(),
            "..".to_owned(),
            format!("{}.", *token),
            format!(".{}", *token),
            format!(" {}", *token),
            format!("{SESSION}.07.{mac}"),
            format!("{SESSION}.+7.{mac}"),
            format!("{SESSION}.-7.{mac}"),
            format!("{SESSION}.7 .{mac}"),
            format!("{SESSION}..{mac}"),
            format!("{SESSION}.9223372036854775808.{mac}"),
            format!("{SESSION}.99999999999999999999.{mac}"),
            format!("{SESSION}.7.{mac}="),
            format!("{SESSION}.7.{}", &mac[..42]),
            format!(".7.{mac}"),
            format!("../../etc/passwd.7.{mac}"),
            format!("{}.7.{mac}", "s".repeat(65)),
            "a".repeat(10_000),
        ] {
            assert!(PresentedRefresh::parse(&text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_seed_survives_its_document_and_shows_nothing() {
        let seed = RefreshSeed::generate(&SystemRng);
        let stored = serde_json::to_string(&seed).unwrap();
        assert!(serde_json::from_str::<RefreshSeed>(&stored).unwrap() == seed);
        assert_eq!(format!("{seed:?}"), "RefreshSeed(…)");
        assert!(serde_json::from_str::<RefreshSeed>("\"short\"").is_err());
    }

    proptest! {
        #[test]
        fn no_other_text_passes_for_the_token(position in 0_usize..82, replacement in any::<char>()) {
            let (tokens, seed) = (tokens(1), RefreshSeed::generate(&SystemRng));
            let token = tokens.mint(&seed, SESSION, 7);
            let forged: String =
                token.chars().enumerate().map(|(at, c)| if at == position { replacement } else { c }).collect();
            let passes = PresentedRefresh::parse(&forged).is_some_and(|presented| tokens.verify(&seed, &presented));
            prop_assert_eq!(passes, forged == *token);
        }
    }
}
