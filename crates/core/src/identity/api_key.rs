//! API keys: the credential of a program that acts for a user, without a session.
//!
//! `psk_<32 hexadecimal digits>_<72 hexadecimal digits>`: the id of the key as it is everywhere, the secret of 256 bits, and
//! the CRC-32 of everything before it. The id needs no prefix of its own, so the beginning of a key is how a person
//! recognizes it. The checksum costs nothing and finds typing errors, keys that were cut off, and the false finds of scanners
//! without asking the store.

use std::fmt;

use aws_lc_rs::constant_time;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::system::Rng;
use crate::utils::crypto::random::{decode_base64url_array, encode_base64url, random_array, sha256};
use crate::values::Id as _;

crate::id! {
    /// An API key.
    pub ApiKeyId = "psk";
}

/// What every key begins with, and no other credential does.
const MARK: &str = "psk_";
const ID_LENGTH: usize = MARK.len() + 32;
const SECRET_DIGITS: usize = 64;
const CHECKSUM_DIGITS: usize = 8;

/// A whole key, as its holder presents it.
#[derive(Clone)]
pub struct ApiKey {
    id: ApiKeyId,
    secret: Zeroizing<[u8; 32]>,
}

impl ApiKey {
    /// The pattern of a key, for scanners of leaked secrets.
    pub const PATTERN: &'static str = "psk_[0-9a-f]{32}_[0-9a-f]{72}";

    /// The length of a key as text, in bytes.
    pub const TEXT_LENGTH: usize = ID_LENGTH + 1 + SECRET_DIGITS + CHECKSUM_DIGITS;

    /// A new key with this id.
    pub fn generate(id: ApiKeyId, rng: &dyn Rng) -> Self {
        Self { id, secret: Zeroizing::new(random_array(rng)) }
    }

    /// Whether a credential is meant as a key, well-formed or not.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(MARK)
    }

    /// Parses a key; `None` for anything but the one canonical spelling with the right checksum.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != Self::TEXT_LENGTH {
            return None;
        }
        let (spoken, checksum) = text.split_at_checked(Self::TEXT_LENGTH - CHECKSUM_DIGITS)?;
        let (id, secret) = spoken.split_at_checked(ID_LENGTH)?;
        let secret = Zeroizing::new(decode_hex(secret.strip_prefix('_')?)?);
        (decode_hex(checksum)? == crc32(spoken.as_bytes()).to_be_bytes())
            .then(|| ApiKeyId::parse(id).map(|id| Self { id, secret }))
            .flatten()
    }

    /// Its id, which is no secret.
    pub fn id(&self) -> ApiKeyId {
        self.id
    }

    /// The whole key. The name is long so that its uses are easy to find.
    pub fn expose_secret(&self) -> Zeroizing<String> {
        // Reserved at once: a text that grows leaves copies behind that nobody erases.
        let mut text = Zeroizing::new(String::with_capacity(Self::TEXT_LENGTH));
        text.push_str(&self.id.to_string());
        text.push('_');
        push_hex(&mut text, &*self.secret);
        let checksum = crc32(text.as_bytes());
        push_hex(&mut text, &checksum.to_be_bytes());
        text
    }

    /// The hash that is stored. A fast one is enough: it protects 256 random bits and not something that a person chose, so
    /// nobody can try candidates (NIST SP 800-63B, 5.1.2.2: from 112 bits on a look-up secret needs no slow hash).
    pub fn hash(&self) -> ApiKeyHash {
        ApiKeyHash(sha256(&[b"palisade/v1/api-key\0", &*self.secret]))
    }

    /// The hash of id and secret, by which a verified key is remembered.
    pub fn digest(&self) -> [u8; 32] {
        sha256(&[b"palisade/v1/api-key/presented\0", self.id.to_string().as_bytes(), &*self.secret])
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}_…)", self.id)
    }
}

/// The SHA-256 of the secret of a key. It does not reveal the secret; stored as URL-safe base64.
#[derive(Clone, Copy)]
pub struct ApiKeyHash([u8; 32]);

impl ApiKeyHash {
    /// Whether this is the hash of that secret. Takes the same time wherever they differ.
    pub fn is_of(&self, key: &ApiKey) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &key.hash().0).is_ok()
    }
}

impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyHash(…)")
    }
}

impl Serialize for ApiKeyHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode_base64url(self.0))
    }
}

impl<'de> Deserialize<'de> for ApiKeyHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let hash = decode_base64url_array(&text);
        hash.map(Self).ok_or_else(|| serde::de::Error::custom("not the hash of an API key"))
    }
}

/// CRC-32 as in Ethernet and zip (ISO/IEC 8802-3): finds every change of up to 32 neighboring bits.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |rest: u32, _| if rest & 1 == 1 { (rest >> 1) ^ 0xedb8_8320 } else { rest >> 1 };
    !bytes.iter().fold(u32::MAX, |rest, byte| (0..8).fold(rest ^ u32::from(*byte), step))
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for nibble in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.extend(char::from_digit(nibble.into(), 16));
    }
}

/// Reads exactly `N` bytes of lower-case hexadecimal digits.
fn decode_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use proptest::{prop_assert, prop_assert_eq};

    use super::*;
    use crate::system::{SystemClock, SystemRng};

    /// Repeats these bytes.
    #[derive(Debug)]
    struct Fixed([u8; 32]);

    impl Rng for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, fixed) in bytes.iter_mut().zip(self.0.iter().cycle()) {
                *byte = *fixed;
            }
        }
    }

    fn key(secret: [u8; 32]) -> ApiKey {
        let id = ApiKeyId::parse("psk_0190a1b2c3d4e5f60718293a4b5c6d7e").unwrap();
        ApiKey::generate(id, &Fixed(secret))
    }

    #[test]
    fn the_checksum_is_the_usual_crc_32() {
        // The check value of the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn a_key_is_its_id_its_secret_and_a_checksum() {
        let text = key([7; 32]).expose_secret();
        assert_eq!(text.len(), ApiKey::TEXT_LENGTH);
        let (id, rest) = text.split_at(ID_LENGTH);
        assert_eq!(id, "psk_0190a1b2c3d4e5f60718293a4b5c6d7e");
        assert_eq!(rest, format!("_{}{:08x}", "07".repeat(32), crc32(&text.as_bytes()[..101])));
    }

    #[test]
    fn the_hash_is_of_the_secret_alone_and_the_digest_of_both() {
        let one = key([7; 32]);
        let id = ApiKeyId::generate(&SystemClock::new(), &SystemRng);
        let other = ApiKey::generate(id, &Fixed([7; 32]));
        assert!(one.hash().is_of(&other));
        assert_ne!(one.digest(), other.digest());
        assert!(!one.hash().is_of(&key([8; 32])));
        let stored = serde_json::to_string(&one.hash()).unwrap();
        assert!(serde_json::from_str::<ApiKeyHash>(&stored).unwrap().is_of(&one));
        assert!(serde_json::from_str::<ApiKeyHash>("\"AA\"").is_err());
    }

    #[test]
    fn nothing_shows_the_secret_in_debug() {
        let one = key([0xab; 32]);
        let shown = format!("{one:?} {:?}", one.hash());
        assert!(shown.contains("psk_0190a1b2c3d4e5f60718293a4b5c6d7e"), "{shown}");
        assert!(!shown.contains("abab") && !shown.contains("171"), "{shown}");
    }

    #[test]
    fn other_credentials_are_not_meant_as_keys() {
        assert!(ApiKey::is_meant("psk_") && !ApiKey::is_meant("eyJhbGciOiJFUzI1NiJ9.e30.x"));
    }

    proptest! {
        #[test]
        fn a_key_reads_back_and_only_in_its_one_spelling(
            secret: [u8; 32], at in 0..ApiKey::TEXT_LENGTH, other in any::<char>()
        ) {
            let written = key(secret).expose_secret();
            let read = ApiKey::parse(&written).unwrap();
            prop_assert_eq!(read.digest(), key(secret).digest());
            let mut changed: Vec<char> = written.chars().collect();
            let was = std::mem::replace(&mut changed[at], other);
            let changed: String = changed.into_iter().collect();
            prop_assert_eq!(ApiKey::parse(&changed).is_some(), was == other);
            prop_assert!(ApiKey::parse(&written[..at]).is_none());
            let longer = format!("{}{other}", *written);
            prop_assert!(ApiKey::parse(&longer).is_none());
        }

        #[test]
        fn any_text_is_a_key_or_not_and_never_a_panic(text in "(psk_[0-9a-f]{32}_[0-9a-f]{72}|.{0,120})") {
            if let Some(key) = ApiKey::parse(&text) {
                let written = key.expose_secret();
                prop_assert_eq!(written.as_str(), text.as_str());
            }
        }
    }
}
