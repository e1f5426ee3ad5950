//! The algorithms of ID tokens (RFC 7518 section 3.1, RFC 8037, RFC 9864): asymmetric ones only. `none` and HS* have no
//! value here, so no document and no token can ask for them.

use aws_lc_rs::digest;
use jsonwebtoken::Algorithm as Library;

/// An algorithm that this server accepts if the provider lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// One that the library verifies.
    Library(Library),
    /// ECDSA on P-521, which the library leaves out.
    Es512,
}

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl Algorithm {
    /// The algorithm of this name.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(Self::Library(match name {
            "RS256" => Library::RS256,
            "RS384" => Library::RS384,
            "RS512" => Library::RS512,
            "PS256" => Library::PS256,
            "PS384" => Library::PS384,
            "PS512" => Library::PS512,
            "ES256" => Library::ES256,
            "ES384" => Library::ES384,
            "ES512" => return Some(Self::Es512),
            // The second is the newer name of the only curve in use here (RFC 9864).
            "EdDSA" | "Ed25519" => Library::EdDSA,
            _ => return None,
        }))
    }

    /// The keys that it works with.
    pub(super) fn key_type(self) -> KeyType {
        match self {
            Self::Library(Library::ES256) => KeyType::P256,
            Self::Library(Library::ES384) => KeyType::P384,
            Self::Library(Library::EdDSA) => KeyType::Ed25519,
            Self::Library(_) => KeyType::Rsa,
            Self::Es512 => KeyType::P521,
        }
    }

    /// The hash of `at_hash` (OpenID Connect Core 1.0 section 3.1.3.6): that of the algorithm, and SHA-512 for Ed25519.
    pub(super) fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::Library(Library::RS256 | Library::PS256 | Library::ES256) => &digest::SHA256,
            Self::Library(Library::RS384 | Library::PS384 | Library::ES384) => &digest::SHA384,
            Self::Library(_) | Self::Es512 => &digest::SHA512,
        }
    }
}
