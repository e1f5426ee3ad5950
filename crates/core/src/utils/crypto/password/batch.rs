//! The one computation behind password hashing, in the shape of a batch, so that an implementation that computes
//! several bcrypts at once can take the place of the one that computes them one after the other.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

/// bcrypt reads this many bytes of key at most.
const KEY_LENGTH: usize = 72;

/// One bcrypt to compute. Its key is wiped when dropped.
pub struct Job {
    cost: u32,
    salt: [u8; 16],
    key: Zeroizing<([u8; KEY_LENGTH], usize)>,
    digest: [u8; 24],
}

impl Job {
    /// A job over `password` as bcrypt takes it: with a NUL at its end, cut at 72 bytes.
    pub(super) fn new(cost: u32, salt: [u8; 16], password: &[u8]) -> Self {
        let mut key = Zeroizing::new(([0; KEY_LENGTH], 0));
        let (bytes, length) = &mut *key;
        for (to, from) in bytes.iter_mut().zip(password) {
            *to = *from;
        }
        *length = (password.len() + 1).min(KEY_LENGTH);
        Self { cost, salt, key, digest: [0; 24] }
    }

    /// Work nobody reads the result of.
    pub(super) fn decoy(cost: u32) -> Self {
        Self::new(cost, DECOY_SALT, b"palisade")
    }

    /// The exponent of the work: `2^cost` rounds, 4 to 31.
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// The salt.
    pub fn salt(&self) -> [u8; 16] {
        self.salt
    }

    /// The key as bcrypt reads it: 1 to 72 bytes.
    pub fn key(&self) -> &[u8] {
        let (bytes, length) = &*self.key;
        bytes.get(..*length).unwrap_or_default()
    }

    /// Puts down the result.
    pub fn finish(&mut self, digest: [u8; 24]) {
        self.digest = digest;
    }

    /// The result as it is stored: bcrypt's own text has always dropped the last byte.
    pub(super) fn stored_digest(&self) -> [u8; 23] {
        let mut stored = [0; 23];
        for (to, from) in stored.iter_mut().zip(self.digest) {
            *to = from;
        }
        stored
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// The salt of the hash no account has.
pub(super) const DECOY_SALT: [u8; 16] = *b"palisade decoy s";

/// Computes bcrypts. Called on a thread of its own that may be kept busy.
pub trait HashBatch: Send + Sync + fmt::Debug {
    /// How many jobs are best given at once; at least one.
    fn width(&self) -> usize {
        1
    }

    /// Finishes every job: at least one, at most [`width`](Self::width), of any costs.
    fn run(&self, jobs: &mut [Job]);
}

/// Counts what another way to compute bcrypt computes.
#[derive(Debug)]
pub(super) struct Counted<B> {
    pub(super) batch: B,
    /// Rounds so far: a job of cost c is `2^c` of them.
    pub(super) rounds: Arc<AtomicU64>,
}

impl<B: HashBatch> HashBatch for Counted<B> {
    fn width(&self) -> usize {
        self.batch.width()
    }

    fn run(&self, jobs: &mut [Job]) {
        self.batch.run(jobs);
        let rounds = jobs.iter().map(|job| 1_u64 << job.cost).sum();
        self.rounds.fetch_add(rounds, Ordering::Relaxed);
    }
}

/// One bcrypt after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct OneByOne;

impl HashBatch for OneByOne {
    fn run(&self, jobs: &mut [Job]) {
        for job in jobs {
            let digest = bcrypt::bcrypt(job.cost(), job.salt(), job.key());
            job.finish(digest);
        }
    }
}
