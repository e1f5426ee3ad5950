//! One bcrypt: what is computed.

use std::fmt;

use palisade_bcrypt::{Cost, Key, Salt};
use zeroize::Zeroizing;

/// bcrypt reads this many bytes of key at most.
const KEY_LENGTH: usize = 72;

/// The salt of the hash no account has.
pub(super) const DECOY_SALT: [u8; 16] = *b"palisade decoy s";

/// Whether bcrypt takes no other password for this one: it fits into a key together with its final NUL, and has no other
/// NUL. Otherwise what was typed may match and still not be what its owner types tomorrow, as with a slip past the end of
/// the key.
pub(super) fn is_all_of_a_key(password: &[u8]) -> bool {
    password.len() < KEY_LENGTH && !password.contains(&0)
}

/// One bcrypt to compute. Its key is wiped when dropped.
pub(super) struct Job {
    cost: u32,
    salt: [u8; 16],
    // Boxed: a job moves through the queue, and each move of the bytes themselves would leave a copy of them behind.
    key: Box<Zeroizing<([u8; KEY_LENGTH], usize)>>,
}

impl Job {
    /// A job over `password` as bcrypt takes it: with a NUL at its end, cut at 72 bytes. Of cost 4 to 31.
    pub(super) fn new(cost: u32, salt: [u8; 16], password: &[u8]) -> Self {
        let mut key = Box::new(Zeroizing::new(([0; KEY_LENGTH], 0)));
        let (bytes, length) = &mut **key;
        for (to, from) in bytes.iter_mut().zip(password) {
            *to = *from;
        }
        *length = (password.len() + 1).min(KEY_LENGTH);
        Self { cost, salt, key }
    }

    /// Work nobody reads the result of.
    pub(super) fn decoy(cost: u32) -> Self {
        Self::new(cost, DECOY_SALT, b"palisade")
    }

    /// The exponent of the work.
    pub(super) fn cost(&self) -> u32 {
        self.cost
    }

    pub(super) fn salt(&self) -> [u8; 16] {
        self.salt
    }

    /// The key as bcrypt reads it: 1 to 72 bytes.
    pub(super) fn key(&self) -> &[u8] {
        let (bytes, length) = &**self.key;
        bytes.get(..*length).unwrap_or_default()
    }

    /// The same for a lane. `None` for what bcrypt does not compute, which is never made here.
    pub(super) fn for_lane(&self) -> Option<palisade_bcrypt::Job> {
        let (key, cost) = (Key::raw(self.key()).ok()?, Cost::new(self.cost).ok()?);
        Some(palisade_bcrypt::Job::new(key, cost, Salt::new(self.salt)))
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("cost", &self.cost).finish_non_exhaustive()
    }
}
