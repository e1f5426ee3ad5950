//! Why a token is refused, and why none was made.

use thiserror::Error;

/// The longest token that is made or looked at, in bytes: what a browser keeps in a cookie (RFC 6265 section 6.1).
pub const MAX_TOKEN_LENGTH: usize = 4096;

/// Why a token is refused. For the log: the caller from outside is told none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Longer than [`MAX_TOKEN_LENGTH`].
    #[error("reading a token that is too long")]
    TooLong,
    /// Not three parts of URL-safe base64.
    #[error("reading a token that is not three parts of base64url")]
    Malformed,
    /// A header with another type or algorithm, or with any member but `typ`, `alg` and `kid`.
    #[error("reading a token with a header that is not ours")]
    Header,
    /// No key of that name is accepted (any more).
    #[error("verifying a token signed under an unknown key")]
    UnknownKey,
    /// The signature is not of that key.
    #[error("verifying a token with a wrong signature")]
    Signature,
    /// A claim is missing, given twice, or not what it must be.
    #[error("reading a token with claims that are not ours")]
    Claims,
    /// Issued by someone else.
    #[error("reading a token of another issuer")]
    Issuer,
    /// Meant for someone else.
    #[error("reading a token for another audience")]
    Audience,
    /// Its time is over.
    #[error("reading a token past its expiry")]
    Expired,
    /// Its time has not begun.
    #[error("reading a token before its time")]
    NotYetValid,
}

/// Why no token was made.
#[derive(Debug, Error)]
pub enum SignError {
    /// The token would not fit into a cookie: the subject holds too much.
    #[error("signing a token of {length} bytes, more than {MAX_TOKEN_LENGTH}")]
    TooLong {
        /// How long it would be.
        length: usize,
    },
    /// The provider refused.
    #[error("signing a token")]
    Provider(#[from] jsonwebtoken::errors::Error),
}
