//! Sealing: `SECRET_KEYS`, which protect the stored keys of the deployment and nothing else, and sealed tokens,
//! which carry a small value through a browser or the outbox and back.
//!
//! All of it is authenticated encryption with the key's name and the purpose as associated data; a value sealed for
//! one place does not open in another.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use super::purpose::Purpose;
use crate::system::Rng;
use crate::system::time::Timestamp;
use crate::utils::crypto::aead::AeadKey;
use crate::utils::crypto::random::{decode_base64url, encode_base64url, random_key};
use crate::utils::crypto::secret::{ExposeSecret as _, Key256, SecretBytes, constant_time_eq};

const VERSION: &str = "v1";

/// A mistake in `SECRET_KEYS`. Entries are counted from 1; the message never repeats a part of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretKeysError {
    /// There is no entry at all.
    #[error("no key given: expected id:base64 of 32 random bytes")]
    Empty,
    /// An entry has no colon.
    #[error("entry {position} is not of the form id:base64")]
    Form {
        /// The entry.
        position: usize,
    },
    /// An id that is empty, too long or has other characters.
    #[error("entry {position}: the id must be 1 to 32 of a-z, 0-9 and -")]
    Id {
        /// The entry.
        position: usize,
    },
    /// The key is not base64 of 32 bytes.
    #[error("key {id}: must be base64 of exactly 32 bytes")]
    Key {
        /// The id of the entry.
        id: String,
    },
    /// The key looks like one that a person or a sample would contain: text, few different bytes, a count.
    #[error("key {id}: is a placeholder, not a random secret")]
    Placeholder {
        /// The id of the entry.
        id: String,
    },
    /// Two entries have one id.
    #[error("key {id}: the id is given twice")]
    DuplicateId {
        /// The id of the second entry.
        id: String,
    },
    /// Two entries have one key.
    #[error("key {id}: the same key is given under another id")]
    DuplicateKey {
        /// The id of the second entry.
        id: String,
    },
}

/// Why a value sealed under `SECRET_KEYS` does not open.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// The key it was sealed with is not among `SECRET_KEYS`.
    #[error("sealed with the key {id}, which SECRET_KEYS does not have")]
    MissingKey {
        /// The id of the missing key.
        id: String,
    },
    /// The key exists, but it is a different key, or the text was changed or belongs elsewhere.
    #[error("does not open with the key {id}: a different key with the same id, or a changed text")]
    Damaged {
        /// The id of the key that it names.
        id: String,
    },
    /// Not a sealed text at all.
    #[error("not a sealed text")]
    Malformed,
}

/// The keys of `SECRET_KEYS`: the first one seals, all of them open.
#[derive(Clone)]
pub struct SecretKeys {
    first: SecretKey,
    others: Vec<SecretKey>,
}

#[derive(Clone)]
struct SecretKey {
    id: String,
    bytes: Key256,
    aead: AeadKey,
}

impl SecretKeys {
    /// Parses `id:base64,…`. Ids are 1 to 32 of `a-z`, `0-9` and `-`; keys are 32 bytes in either alphabet of
    /// base64, padded or not.
    ///
    /// # Errors
    /// The first mistake; see [`SecretKeysError`].
    pub fn parse(text: &str) -> Result<Self, SecretKeysError> {
        if text.trim().is_empty() {
            return Err(SecretKeysError::Empty);
        }
        let mut keys: Vec<SecretKey> = Vec::new();
        for (position, entry) in (1..).zip(text.split(',').map(str::trim)) {
            let key = SecretKey::parse(position, entry)?;
            for earlier in &keys {
                if earlier.id == key.id {
                    return Err(SecretKeysError::DuplicateId { id: key.id });
                }
                if earlier.bytes == key.bytes {
                    return Err(SecretKeysError::DuplicateKey { id: key.id });
                }
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or(SecretKeysError::Empty)?;
        Ok(Self { first, others: keys.collect() })
    }

    /// The text of a new entry, `id:base64`, in the form that [`parse`](Self::parse) reads if the id is valid.
    pub fn new_entry(rng: &dyn Rng, id: &str) -> Zeroizing<String> {
        Zeroizing::new(format!("{id}:{}", STANDARD.encode(random_key(rng).expose_secret())))
    }

    /// A placeholder key that nobody else has: it opens nothing that exists.
    pub(crate) fn stand_in(rng: &dyn Rng) -> Self {
        let bytes = random_key(rng);
        let first = SecretKey { id: "dev-none".to_owned(), aead: AeadKey::new(&bytes), bytes };
        Self { first, others: Vec::new() }
    }

    /// The ids, the sealing one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|key| key.id.as_str())
    }

    /// Whether one of the keys has these bytes, to refuse a secret that is also used for something else.
    pub fn contains(&self, bytes: &[u8]) -> bool {
        self.iter().any(|key| constant_time_eq(key.bytes.expose_secret(), bytes))
    }

    /// The keys as standard base64, to find one that is also used for something else.
    pub(crate) fn encoded(&self) -> impl Iterator<Item = Zeroizing<String>> {
        self.iter().map(|key| Zeroizing::new(STANDARD.encode(key.bytes.expose_secret())))
    }

    /// Seals `plain` with the first key. `context` names the place where it is kept, such as `keys/root`.
    pub fn seal(&self, rng: &dyn Rng, context: &str, plain: &[u8]) -> Sealed {
        let SecretKey { id, aead, .. } = &self.first;
        let sealed = aead.seal(rng, &associated_data(id, context), plain);
        Sealed(format!("{VERSION}.{id}.{}", encode_base64url(sealed)))
    }

    /// Opens a value that was sealed for this place with any of the keys.
    ///
    /// # Errors
    /// See [`OpenError`]; both of the first two name the key.
    pub fn open(&self, context: &str, sealed: &Sealed) -> Result<SecretBytes, OpenError> {
        let (id, body) = sealed.parts().ok_or(OpenError::Malformed)?;
        let key = self
            .iter()
            .find(|key| key.id == id)
            .ok_or_else(|| OpenError::MissingKey { id: id.to_owned() })?;
        let body = decode_base64url(body).ok_or(OpenError::Malformed)?;
        key.aead
            .open(&associated_data(id, context), &body)
            .ok_or_else(|| OpenError::Damaged { id: id.to_owned() })
    }

    /// Whether the current sealing key sealed this; otherwise it should be sealed again.
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.key_id() == Some(&self.first.id)
    }

    fn iter(&self) -> impl Iterator<Item = &SecretKey> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

impl SecretKey {
    fn parse(position: usize, entry: &str) -> Result<Self, SecretKeysError> {
        let (id, key) = entry.split_once(':').ok_or(SecretKeysError::Form { position })?;
        if !is_key_id(id) {
            return Err(SecretKeysError::Id { position });
        }
        let id = id.to_owned();
        let Some(bytes) = decode_key(key) else { return Err(SecretKeysError::Key { id }) };
        if !is_random(bytes.expose_secret()) {
            return Err(SecretKeysError::Placeholder { id });
        }
        Ok(Self { id, aead: AeadKey::new(&bytes), bytes })
    }
}

/// Refuses keys that a person or a sample would contain: text, few different bytes, a count. 32 random bytes pass,
/// except with a probability of 10⁻¹³.
fn is_random(bytes: &[u8; 32]) -> bool {
    let mut distinct = bytes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let few = distinct.len() < 16;
    distinct.clear();
    let text = bytes.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    let mut steps = bytes.windows(2).map(|pair| match pair {
        [before, after] => after.wrapping_sub(*before),
        _ => 0,
    });
    let first = steps.next();
    let count = steps.all(|step| Some(step) == first);
    !few && !text && !count
}

fn is_key_id(id: &str) -> bool {
    matches!(id.len(), 1..=32) && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// People paste keys from different tools: `openssl rand -base64 32` pads, others do not.
fn decode_key(text: &str) -> Option<Key256> {
    let alphabet = if text.contains(['-', '_']) { alphabet::URL_SAFE } else { alphabet::STANDARD };
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = Zeroizing::new(GeneralPurpose::new(&alphabet, config).decode(text).ok()?);
    bytes.as_slice().try_into().ok().map(Key256::new)
}

/// Neither part before the last can contain a NUL, so no two pairs give the same bytes.
fn associated_data(id: &str, context: &str) -> Vec<u8> {
    ["palisade/v1/secret-keys", id, context].join("\0").into_bytes()
}

/// A text sealed under `SECRET_KEYS`: `v1.<key id>.<base64url>`. Safe to store and to display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl Sealed {
    /// Wraps a stored text; opening it shows whether it is valid.
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The text to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the key that sealed it.
    pub fn key_id(&self) -> Option<&str> {
        self.parts().map(|(id, _)| id)
    }

    fn parts(&self) -> Option<(&str, &str)> {
        let (id, body) = self.0.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
        is_key_id(id).then_some((id, body))
    }
}

/// Why a sealed token could not be created: a defect of the value's type, or too long a value.
#[derive(Debug, Error)]
pub enum SealError {
    /// Longer than `open` accepts.
    #[error("sealing a token of {length} bytes, more than {most}")]
    TooLong {
        /// Its length.
        length: usize,
        /// The maximum for its purpose.
        most: usize,
    },
    /// The value cannot be represented in JSON.
    #[error("sealing a token")]
    Json(#[from] serde_json::Error),
}

/// Why a sealed token is refused. An outside caller does not learn the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealedTokenError {
    /// Not created by this deployment for this purpose, or changed, or of an older shape.
    #[error("opening a sealed token: invalid, or sealed for another purpose")]
    Refused,
    /// It is ours, but it has expired.
    #[error("opening a sealed token: expired")]
    Expired,
}

/// Seals small values into URL-safe text for one purpose, each with an expiry. Created by
/// [`Keyring::sealer`](crate::utils::crypto::keyring::Keyring::sealer).
#[derive(Clone)]
pub struct TokenSealer {
    key: AeadKey,
    purpose: Purpose,
}

#[derive(Serialize)]
struct Outgoing<'a, T> {
    #[serde(rename = "exp")]
    expires_at: Timestamp,
    #[serde(rename = "val")]
    value: &'a T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Incoming<T> {
    #[serde(rename = "exp")]
    expires_at: Timestamp,
    #[serde(rename = "val")]
    value: T,
}

impl TokenSealer {
    pub(super) fn new(key: &Key256, purpose: Purpose) -> Self {
        Self { key: AeadKey::new(key), purpose }
    }

    /// Seals `value` until `expires_at`.
    ///
    /// # Errors
    /// See [`SealError`].
    pub fn seal<T: Serialize>(
        &self,
        rng: &dyn Rng,
        value: &T,
        expires_at: Timestamp,
    ) -> Result<String, SealError> {
        let plain = Zeroizing::new(serde_json::to_vec(&Outgoing { expires_at, value })?);
        let text = encode_base64url(self.key.seal(rng, self.associated_data(), &plain));
        let (length, most) = (text.len(), self.max_length());
        if length <= most { Ok(text) } else { Err(SealError::TooLong { length, most }) }
    }

    /// Opens a value that [`seal`](Self::seal) sealed for the same purpose and type, strictly before its expiry.
    ///
    /// # Errors
    /// See [`SealedTokenError`].
    pub fn open<T: DeserializeOwned>(&self, text: &str, now: Timestamp) -> Result<T, SealedTokenError> {
        if text.len() > self.max_length() {
            return Err(SealedTokenError::Refused);
        }
        let incoming: Incoming<T> = decode_base64url(text)
            .and_then(|sealed| self.key.open(self.associated_data(), &sealed))
            .and_then(|plain| serde_json::from_slice(plain.expose_secret()).ok())
            .ok_or(SealedTokenError::Refused)?;
        if now < incoming.expires_at { Ok(incoming.value) } else { Err(SealedTokenError::Expired) }
    }

    /// The maximum length of a text to open, in bytes. A cookie holds at most 4096 with its name. The outbox contains
    /// whole emails, which are never read from a request.
    const fn max_length(&self) -> usize {
        if matches!(self.purpose, Purpose::OutboxSeal) { 65_536 } else { 4096 }
    }

    fn associated_data(&self) -> &'static [u8] {
        self.purpose.label().as_bytes()
    }
}

impl fmt::Debug for TokenSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSealer").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
