//! A token that was found good.

use super::claims::Claims;
use super::keys::KeyId;

/// A token whose signature, header and claims have been found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The key it was signed with.
    pub key_id: KeyId,
    /// What it says.
    pub claims: Claims,
}
