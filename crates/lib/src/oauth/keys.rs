//! The keys of a provider (RFC 7517), described as little as the standard lets it: without a name, an algorithm or a
//! use.

use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
use jsonwebtoken::DecodingKey;
use palisade_core::utils::crypto::random::decode_base64url;
use serde::Deserialize;
use serde_json::Value;

use super::algorithm::{Algorithm, KeyType};
use super::error::Refusal;

/// The maximum number of keys that are looked at.
const MAX_KEYS: usize = 100;

/// The keys of a provider that can verify a token here. Others of its set are left out.
#[derive(Debug)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    kind: KeyType,
    /// The only algorithm that the key is for, if it says so.
    only: Option<Algorithm>,
    material: Material,
}

enum Material {
    Library(DecodingKey),
    /// An uncompressed point of P-521.
    Point(Vec<u8>),
}

impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Material(…)")
    }
}

/// A key as published. Unknown members are ignored (RFC 7517 section 4).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    key_ops: Option<Vec<String>>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Value>,
}

impl Keys {
    /// Reads a set. `None` if it is none; a set without a usable key is one.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let set: JwkSet = serde_json::from_slice(body).ok()?;
        let usable = |key: Value| Key::of(serde_json::from_value(key).ok()?);
        Some(Self(set.keys.into_iter().take(MAX_KEYS).filter_map(usable).collect()))
    }

    /// How many keys can verify a token here.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Verifies a signature over `message`, with the one key that fits the name and the algorithm. Without a name on
    /// either side it is the only key of its kind: with several, the token must name one (OpenID Connect Core 1.0
    /// section 10.1).
    pub(super) fn verify(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &str,
    ) -> Result<(), Refusal> {
        let fitting: Vec<&Key> = self.0.iter().filter(|key| key.fits(algorithm)).collect();
        let named = |id: &str| {
            fitting.iter().copied().filter(|key| key.id.as_deref() == Some(id)).collect::<Vec<_>>()
        };
        let candidates = match id.map(named) {
            Some(found) if !found.is_empty() => found,
            Some(_) => fitting.into_iter().filter(|key| key.id.is_none()).collect(),
            None => fitting,
        };
        let [key] = candidates.as_slice() else { return Err(Refusal::Key) };
        if key.verify(algorithm, message, signature) { Ok(()) } else { Err(Refusal::Signature) }
    }
}

impl Key {
    fn of(jwk: Jwk) -> Option<Self> {
        let is_for_signatures = jwk.used_for.as_deref().is_none_or(|used_for| used_for == "sig")
            && jwk.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|one| one == "verify"));
        let only = match &jwk.alg {
            Some(name) => Some(Algorithm::of(name)?),
            None => None,
        };
        let (kind, material) = Self::material(&jwk)?;
        is_for_signatures.then_some(Self { id: jwk.kid, kind, only, material })
    }

    fn material(jwk: &Jwk) -> Option<(KeyType, Material)> {
        let (x, y) = (jwk.x.as_deref(), jwk.y.as_deref());
        let ec = || DecodingKey::from_ec_components(x?, y?).ok().map(Material::Library);
        Some(match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => {
                let key = DecodingKey::from_rsa_components(jwk.n.as_deref()?, jwk.e.as_deref()?).ok()?;
                (KeyType::Rsa, Material::Library(key))
            }
            ("EC", Some("P-256")) => (KeyType::P256, ec()?),
            ("EC", Some("P-384")) => (KeyType::P384, ec()?),
            ("EC", Some("P-521")) => {
                let point = [vec![4], decode_base64url(x?)?, decode_base64url(y?)?].concat();
                (KeyType::P521, Material::Point(point))
            }
            ("OKP", Some("Ed25519")) => {
                (KeyType::Ed25519, Material::Library(DecodingKey::from_ed_components(x?).ok()?))
            }
            _ => return None,
        })
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        self.kind == algorithm.key_type() && self.only.is_none_or(|only| only == algorithm)
    }

    fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &str) -> bool {
        match (&self.material, algorithm) {
            (Material::Library(key), Algorithm::Library(algorithm)) => {
                jsonwebtoken::crypto::verify(signature, message, key, algorithm).unwrap_or(false)
            }
            (Material::Point(point), Algorithm::Es512) => {
                decode_base64url(signature).is_some_and(|signature| {
                    UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point)
                        .verify(message, &signature)
                        .is_ok()
                })
            }
            _ => false,
        }
    }
}
