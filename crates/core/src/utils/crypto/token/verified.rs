//! A verified token.

use super::claims::Claims;
use super::keys::KeyId;

/// A token whose signature, header and claims are valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The key that signed it.
    pub key_id: KeyId,
    /// Its claims.
    pub claims: Claims,
}
