//! The input of one bcrypt.

use std::fmt;

use palisade_bcrypt::{Cost, Key, Salt};
use zeroize::Zeroizing;

/// bcrypt reads at most this many bytes of key.
const KEY_LENGTH: usize = 72;

/// The salt of a hash that belongs to no account.
pub(super) const DECOY_SALT: [u8; 16] = *b"palisade decoy s";

/// Whether bcrypt accepts no other password for this one: it fits into a key together with its final NUL, and has
/// no other NUL. Otherwise the typed text may match and still not be what its owner types tomorrow, for example
/// with a typing error past the end of the key.
pub(super) fn is_all_of_a_key(password: &[u8]) -> bool {
    password.len() < KEY_LENGTH && !password.contains(&0)
}

/// One bcrypt to compute. Its key is wiped when dropped.
pub(super) struct Job {
    cost: u32,
    salt: [u8; 16],
    // Boxed: a job moves through the queue, and each move of the bytes themselves would leave a copy behind.
    key: Box<Zeroizing<([u8; KEY_LENGTH], usize)>>,
}

impl Job {
    /// A job over `password` in bcrypt's form: with a NUL at its end, cut at 72 bytes. Cost 4 to 31.
    pub(super) fn new(cost: u32, salt: [u8; 16], password: &[u8]) -> Self {
        let mut key = Box::new(Zeroizing::new(([0; KEY_LENGTH], 0)));
        let (bytes, length) = &mut **key;
        for (to, from) in bytes.iter_mut().zip(password) {
            *to = *from;
        }
        *length = (password.len() + 1).min(KEY_LENGTH);
        Self { cost, salt, key }
    }

    /// Work whose result nobody reads.
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

    /// The same job for a lane. `None` for input that bcrypt does not compute, which never occurs here.
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
