//! A provider's signing keys, made for each run, and what a forger would do with them.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use palisade_core::utils::crypto::random::encode_base64url;
use serde_json::{Value, json};

/// A key.
pub(super) enum Signer {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair, &'static str),
    Ed(Ed25519KeyPair),
}

/// RSA keys take long to make.
static RSA: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let make = || {
        let key = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        der.as_ref().to_vec()
    };
    [make(), make()]
});

impl Signer {
    pub(super) fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::from_pkcs8(&RSA[0]).unwrap())
    }

    pub(super) fn other_rsa() -> Self {
        Self::Rsa(RsaKeyPair::from_pkcs8(&RSA[1]).unwrap())
    }

    fn ec(algorithm: &'static EcdsaSigningAlgorithm, curve: &'static str) -> Self {
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        Self::Ec(EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref()).unwrap(), curve)
    }

    /// A key for an algorithm.
    pub(super) fn for_algorithm(name: &str) -> Self {
        match name {
            "ES256" => Self::ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
            "ES384" => Self::ec(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
            "ES512" => Self::ec(&ECDSA_P521_SHA512_FIXED_SIGNING, "P-521"),
            "EdDSA" | "Ed25519" => Self::Ed(Ed25519KeyPair::generate().unwrap()),
            _ => Self::rsa(),
        }
    }

    /// The public half, without a name, an algorithm or a use.
    pub(super) fn jwk(&self) -> Value {
        match self {
            Self::Rsa(key) => {
                let (n, e) = (key.public_key().modulus(), key.public_key().exponent());
                let [n, e] = [n, e].map(|number| encode_base64url(number.big_endian_without_leading_zero()));
                json!({"kty": "RSA", "n": n, "e": e})
            }
            Self::Ec(key, curve) => {
                let point = &key.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                json!({"kty": "EC", "crv": curve, "x": encode_base64url(x), "y": encode_base64url(y)})
            }
            Self::Ed(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(key.public_key().as_ref())})
            }
        }
    }

    /// A token with this header, which decides the algorithm.
    pub(super) fn sign(&self, header: &Value, claims: &str) -> String {
        let message = message(header, claims);
        let signature = self.signature(header["alg"].as_str().unwrap_or_default(), message.as_bytes());
        format!("{message}.{}", encode_base64url(signature))
    }

    fn signature(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let encoding: &'static dyn RsaEncoding = match algorithm {
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    "PS512" => &signature::RSA_PSS_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut bytes = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random, message, &mut bytes).unwrap();
                bytes
            }
            Self::Ec(key, _) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
        }
    }
}

/// Header and claims, encoded.
pub(super) fn message(header: &Value, claims: &str) -> String {
    format!("{}.{}", encode_base64url(header.to_string()), encode_base64url(claims))
}

/// A token of HS256 with the public half as its key, which a careless verifier takes.
pub(super) fn with_public_key(signer: &Signer, header: &Value, claims: &str) -> String {
    let message = message(header, claims);
    let public = signer.jwk()["n"].as_str().unwrap_or_default().to_owned();
    let key = hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes());
    format!("{message}.{}", encode_base64url(hmac::sign(&key, message.as_bytes())))
}
