//! The keys that sign and verify access tokens: ES256, and nothing else, by construction.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use bytes::Bytes;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::claims::Realm;
use crate::utils::crypto::secret::{ExposeSecret as _, SecretBytes, secret_bytes};

/// Why bytes are not a valid key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not a P-256 private key in PKCS#8.
    #[error("reading a signing key: not P-256 in PKCS#8")]
    Private,
    /// Not an uncompressed point of P-256.
    #[error("reading a public key: not an uncompressed point of P-256")]
    Public,
    /// The provider could not generate a key.
    #[error("generating a signing key")]
    Generation,
}

/// The name of a signing key: the SHA-256 thumbprint of its public half (RFC 7638), so one name cannot mean two keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// Parses a key id: 43 characters of URL-safe base64.
    pub fn parse(text: &str) -> Option<Self> {
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        (text.len() == 43 && text.bytes().all(known)).then(|| Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for KeyId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not the id of a signing key"))
    }
}

/// A private key that signs access tokens.
pub struct SigningKey {
    pkcs8: SecretBytes,
    pub(super) encoding: EncodingKey,
    public: PublicKey,
}

impl SigningKey {
    /// A new key. The provider uses its own generator, which cannot be replaced.
    ///
    /// # Errors
    /// [`KeyError::Generation`] when the provider fails.
    pub fn generate() -> Result<Self, KeyError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| KeyError::Generation)?;
        Self::from_pkcs8(secret_bytes(document.as_ref().to_vec()))
    }

    /// Reads an unsealed key in PKCS#8.
    ///
    /// # Errors
    /// [`KeyError::Private`] for anything but a P-256 private key.
    pub fn from_pkcs8(pkcs8: SecretBytes) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.expose_secret())
            .map_err(|_| KeyError::Private)?;
        let public = PublicKey::from_point(pair.public_key().as_ref())?;
        Ok(Self { encoding: EncodingKey::from_ec_der(pkcs8.expose_secret()), pkcs8, public })
    }

    /// The private key in PKCS#8, to be sealed and stored.
    pub fn pkcs8(&self) -> &SecretBytes {
        &self.pkcs8
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The name.
    pub fn id(&self) -> &KeyId {
        &self.public.id
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", self.id()).finish_non_exhaustive()
    }
}

/// The public half of a signing key.
#[derive(Clone)]
pub struct PublicKey {
    id: KeyId,
    pub(super) decoding: DecodingKey,
    jwk: Jwk,
}

impl PublicKey {
    /// From an uncompressed point (SEC 1 section 2.3.3): 65 bytes beginning with 4.
    ///
    /// # Errors
    /// [`KeyError::Public`] for another form and for a point that is not on the curve.
    pub fn from_point(point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != 65 || UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).parse().is_err() {
            return Err(KeyError::Public);
        }
        let decoding = DecodingKey::from_ec_der(point);
        let mut jwk =
            Jwk::from_decoding_key(&decoding, Some(Algorithm::ES256)).map_err(|_| KeyError::Public)?;
        let id = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| KeyError::Public)?;
        jwk.common.key_id = Some(id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { id: KeyId(id.into()), decoding, jwk })
    }

    /// The name.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The uncompressed point, to be stored.
    pub fn point(&self) -> &[u8] {
        self.decoding.try_get_as_bytes().unwrap_or_default()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The current public keys that verify tokens. Never changed, only replaced; cheap to clone.
#[derive(Clone)]
pub struct VerificationKeys(Arc<Inner>);

struct Inner {
    realm: Realm,
    keys: HashMap<KeyId, DecodingKey>,
    jwks: Bytes,
}

impl VerificationKeys {
    /// The set of these keys, for tokens of this realm. Withdrawn keys are left out.
    ///
    /// # Errors
    /// When the published document cannot be written, which is a bug.
    pub fn new(realm: Realm, keys: impl IntoIterator<Item = PublicKey>) -> Result<Self, serde_json::Error> {
        let (mut known, mut set) = (HashMap::new(), JwkSet { keys: Vec::new() });
        for key in keys {
            if known.insert(key.id, key.decoding).is_none() {
                set.keys.push(key.jwk);
            }
        }
        let jwks = serde_json::to_vec(&set)?.into();
        Ok(Self(Arc::new(Inner { realm, keys: known, jwks })))
    }

    /// The JWK set (RFC 7517) as published, in the given order of the keys.
    pub fn jwks(&self) -> Bytes {
        self.0.jwks.clone()
    }

    /// Whether a key of this name is in the set.
    pub fn contains(&self, id: &KeyId) -> bool {
        self.0.keys.contains_key(id)
    }

    /// The realm.
    pub(super) fn realm(&self) -> &Realm {
        &self.0.realm
    }

    /// The key with this name. Names are looked up only in memory.
    pub(super) fn find(&self, id: &str) -> Option<(&KeyId, &DecodingKey)> {
        self.0.keys.get_key_value(id)
    }
}

impl fmt::Debug for VerificationKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKeys")
            .field("realm", &self.0.realm)
            .field("keys", &self.0.keys.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
