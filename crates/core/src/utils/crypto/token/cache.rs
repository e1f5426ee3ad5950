//! Verified tokens by the hash of their whole text, so that a signature is checked once and not on every request.
//!
//! An entry is a fact, that this key signed this text with these claims; never a decision. Every lookup goes
//! through [`TokenCache::verify`], which checks again whether the key is still valid, and the time.

use std::fmt;
use std::sync::Arc;

use quick_cache::sync::Cache;

use super::error::{MAX_TOKEN_LENGTH, TokenError};
use super::keys::VerificationKeys;
use super::verified::Verified;
use crate::system::time::Timestamp;
use crate::utils::crypto::random::sha256;

/// A bounded cache of verified tokens. Only tokens with a valid signature enter, so nobody can fill it from outside
/// without signing in. When it is full, a token that was not used recently makes room.
pub struct TokenCache {
    verified: Cache<[u8; 32], Arc<Verified>>,
}

impl TokenCache {
    /// A cache of at most `capacity` tokens. A token takes about as much memory as its length.
    pub fn new(capacity: usize) -> Self {
        Self { verified: Cache::new(capacity) }
    }

    /// Verifies a token like [`VerificationKeys::verify`], but does not check again a signature that was found
    /// valid before. The caller checks revocation, each time.
    ///
    /// # Errors
    /// The same as without a cache.
    pub fn verify(
        &self,
        token: &str,
        keys: &VerificationKeys,
        now: Timestamp,
    ) -> Result<Arc<Verified>, TokenError> {
        // Before hashing, because the caller chooses the length.
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(TokenError::TooLong);
        }
        let digest = sha256(&[token.as_bytes()]);
        if let Some(verified) = self.verified.get(&digest) {
            keys.check_again(&verified, now)?;
            return Ok(verified);
        }
        let verified = Arc::new(keys.verify(token, now)?);
        self.verified.insert(digest, Arc::clone(&verified));
        Ok(verified)
    }

    /// The number of tokens in the cache.
    pub fn len(&self) -> usize {
        self.verified.len()
    }

    /// Whether the cache is empty.
    pub fn is_empty(&self) -> bool {
        self.verified.is_empty()
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
impl TokenCache {
    /// The maximum number of tokens.
    pub(super) fn capacity(&self) -> usize {
        usize::try_from(self.verified.capacity()).unwrap()
    }
}
