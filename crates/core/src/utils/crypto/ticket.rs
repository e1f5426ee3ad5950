//! One-time tokens, such as those in mailed links: 256 random bits, shown once, kept only as a hash.
//!
//! The document with that hash (the ticket) says what the token allows, for whom and until when; the token itself says
//! nothing.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::system::Rng;
use crate::utils::crypto::random::{decode_base64url_array, encode_base64url, random_array, sha256};

/// The purpose of a token. It is part of the hash: a token for one purpose is not found under another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TicketPurpose(&'static str);

impl TicketPurpose {
    /// A purpose with a label that no other purpose has.
    pub const fn new(label: &'static str) -> Self {
        Self(label)
    }

    /// The label.
    pub const fn label(self) -> &'static str {
        self.0
    }
}

/// The token itself. It exists between its creation and the mail, and between a request and its lookup.
#[derive(Clone)]
pub struct OneTimeToken(Zeroizing<[u8; 32]>);

impl OneTimeToken {
    /// The length of a token as text, in bytes.
    pub const TEXT_LENGTH: usize = 43;

    /// A new token.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(Zeroizing::new(random_array(rng)))
    }

    /// Parses a token: exactly 43 characters of URL-safe base64, in the only spelling of its bytes.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != Self::TEXT_LENGTH {
            return None;
        }
        decode_base64url_array(text).map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The text for the link. The name is long so that its uses are easy to find.
    pub fn expose_secret(&self) -> Zeroizing<String> {
        Zeroizing::new(encode_base64url(*self.0))
    }

    /// The hash that is stored and looked up. A fast hash is enough: nobody guesses 256 random bits.
    pub fn hash(&self, purpose: TicketPurpose) -> TicketHash {
        TicketHash(sha256(&[b"palisade/v1/ticket\0", purpose.0.as_bytes(), b"\0", &*self.0]))
    }
}

impl fmt::Debug for OneTimeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeToken(…)")
    }
}

/// The SHA-256 of a token, under which its ticket is stored. It does not reveal the token; stored and shown as URL-safe
/// base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TicketHash([u8; 32]);

impl TicketHash {
    /// Parses what `Display` wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        decode_base64url_array(text).map(Self)
    }
}

impl fmt::Display for TicketHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode_base64url(self.0))
    }
}

impl fmt::Debug for TicketHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TicketHash({self})")
    }
}

impl Serialize for TicketHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TicketHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not the hash of a ticket"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::SystemRng;

    const RESET: TicketPurpose = TicketPurpose::new("reset");
    const VERIFY: TicketPurpose = TicketPurpose::new("verify");

    #[test]
    fn the_text_finds_the_hash_again() {
        let ticket = OneTimeToken::generate(&SystemRng);
        let text = ticket.expose_secret();
        assert_eq!(text.len(), OneTimeToken::TEXT_LENGTH);
        let hash = OneTimeToken::parse(&text).unwrap().hash(RESET);
        assert_eq!(hash, ticket.hash(RESET));
        let stored = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<TicketHash>(&stored).unwrap(), hash);
    }

    #[test]
    fn a_ticket_for_one_thing_is_not_found_as_another() {
        let ticket = OneTimeToken::generate(&SystemRng);
        assert_ne!(ticket.hash(RESET), ticket.hash(VERIFY));
    }

    #[test]
    fn only_the_one_spelling_is_read() {
        let text = OneTimeToken::generate(&SystemRng).expose_secret();
        let (start, _) = text.split_at(42);
        // Only four of the six bits of the last character count: `B` spells the same bytes as `A` would.
        for other in [
            format!("{start}B"),
            format!("{start}="),
            start.to_owned(),
            format!("{}A", *text),
            format!("{start} "),
        ] {
            assert!(OneTimeToken::parse(&other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn neither_form_shows_the_token_in_debug() {
        let ticket = OneTimeToken::generate(&SystemRng);
        let shown = format!("{ticket:?} {:?}", ticket.hash(RESET));
        assert!(!shown.contains(ticket.expose_secret().as_str()), "{shown}");
    }
}
