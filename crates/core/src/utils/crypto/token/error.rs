//! Why a token is refused, or could not be issued.

use thiserror::Error;

/// The maximum length of a token, in bytes: what a browser keeps in a cookie (RFC 6265 section 6.1).
pub const MAX_TOKEN_LENGTH: usize = 4096;

/// Why a token is refused. For the log: an outside caller learns none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Longer than [`MAX_TOKEN_LENGTH`].
    #[error("verifying a token: too long")]
    TooLong,
    /// Not three parts of URL-safe base64.
    #[error("verifying a token: not three parts of base64url")]
    Malformed,
    /// A header with another type or algorithm, or with any member except `typ`, `alg` and `kid`.
    #[error("verifying a token: wrong header")]
    Header,
    /// No accepted key has that name.
    #[error("verifying a token: unknown key")]
    UnknownKey,
    /// The signature does not match that key.
    #[error("verifying a token: wrong signature")]
    Signature,
    /// A claim is missing, duplicate, or invalid.
    #[error("verifying a token: invalid claims")]
    Claims,
    /// Another issuer issued it.
    #[error("verifying a token: wrong issuer (iss)")]
    Issuer,
    /// It is for another audience.
    #[error("verifying a token: wrong audience (aud)")]
    Audience,
    /// It has expired.
    #[error("verifying a token: expired (exp)")]
    Expired,
    /// It is not valid yet.
    #[error("verifying a token: not valid yet (nbf)")]
    NotYetValid,
}

/// Why a token could not be issued.
#[derive(Debug, Error)]
pub enum SignError {
    /// The token would not fit into a cookie: the subject is too large.
    #[error("signing a token of {length} bytes, more than {MAX_TOKEN_LENGTH}")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// The provider failed.
    #[error("signing a token")]
    Provider(#[from] jsonwebtoken::errors::Error),
}
