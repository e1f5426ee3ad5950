//! Verified tokens by the hash of their whole text, so that a signature is checked once and not on every request.
//!
//! An entry is a fact, that this key signed this text with these claims; never a decision. Every lookup goes
//! through [`TokenCache::verify`], which checks again whether the key is still valid, and the time.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;

use super::error::{MAX_TOKEN_LENGTH, TokenError};
use super::keys::VerificationKeys;
use super::verified::Verified;
use crate::system::time::Timestamp;
use crate::utils::crypto::random::sha256;

const SHARDS: usize = 16;

type Digest = [u8; 32];

/// A bounded cache of verified tokens. Only tokens with a valid signature enter, so nobody can fill it from outside
/// without signing in. When it is full, a token that was not used recently makes room (second chance).
pub struct TokenCache {
    shards: [RwLock<Shard>; SHARDS],
}

struct Shard {
    slots: Vec<Slot>,
    places: HashMap<Digest, usize>,
    hand: usize,
    capacity: usize,
}

struct Slot {
    digest: Digest,
    verified: Arc<Verified>,
    /// Set by every hit, under the read lock; cleared when the hand passes.
    used: AtomicBool,
}

impl TokenCache {
    /// A cache of at most `capacity` tokens, rounded up to whole shards. A token takes about as much memory as its
    /// length.
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.div_ceil(SHARDS).max(1);
        Self { shards: std::array::from_fn(|_| RwLock::new(Shard::new(capacity))) }
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
        let shard = self.shard(&digest);
        let hit = shard.and_then(|shard| shard.read().get(&digest));
        if let Some(verified) = hit {
            keys.check_again(&verified, now)?;
            return Ok(verified);
        }
        let verified = Arc::new(keys.verify(token, now)?);
        if let Some(shard) = shard {
            shard.write().insert(digest, Arc::clone(&verified));
        }
        Ok(verified)
    }

    /// The number of tokens in the cache.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().slots.len()).sum()
    }

    /// Whether the cache is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, digest: &Digest) -> Option<&RwLock<Shard>> {
        let [first, ..] = digest;
        self.shards.get(usize::from(*first) % SHARDS)
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Shard {
    fn new(capacity: usize) -> Self {
        Self { slots: Vec::new(), places: HashMap::new(), hand: 0, capacity }
    }

    fn get(&self, digest: &Digest) -> Option<Arc<Verified>> {
        let slot = self.slots.get(*self.places.get(digest)?)?;
        // A write to a cache line that every core reads costs more than the lookup: only where it changes
        // something.
        if !slot.used.load(Ordering::Relaxed) {
            slot.used.store(true, Ordering::Relaxed);
        }
        Some(Arc::clone(&slot.verified))
    }

    fn insert(&mut self, digest: Digest, verified: Arc<Verified>) {
        if self.places.contains_key(&digest) {
            return;
        }
        let slot = Slot { digest, verified, used: AtomicBool::new(false) };
        if self.slots.len() < self.capacity {
            self.places.insert(digest, self.slots.len());
            self.slots.push(slot);
            return;
        }
        let place = self.free_place();
        if let Some(old) = self.slots.get_mut(place) {
            self.places.remove(&old.digest);
            *old = slot;
            self.places.insert(digest, place);
        }
    }

    /// Skips the slots used since the last round. It ends: a full round clears every mark.
    fn free_place(&mut self) -> usize {
        loop {
            let place = self.hand;
            self.hand = (self.hand + 1) % self.capacity;
            let used = self.slots.get_mut(place).is_some_and(|slot| std::mem::take(slot.used.get_mut()));
            if !used {
                return place;
            }
        }
    }
}

#[cfg(test)]
impl TokenCache {
    /// The maximum number of tokens.
    pub(super) fn capacity(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().capacity).sum()
    }
}
