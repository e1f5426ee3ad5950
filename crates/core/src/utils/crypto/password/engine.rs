//! The one computation behind password hashing, on the thread that owns it: several bcrypts side by side, or the
//! library's, one after the other. Both make the same hashes.

use std::fmt;

use palisade_bcrypt::{Cost, Key, Lanes, Salt, Width};
use zeroize::Zeroizing;

use super::pool::Ticket;
use super::stored::BcryptCost;

/// bcrypt reads this many bytes of key at most.
const KEY_LENGTH: usize = 72;

/// The salt of the hash no account has.
pub(super) const DECOY_SALT: [u8; 16] = *b"palisade decoy s";

/// How many iterations the lanes run before somebody new may join, and before whoever else wants the core gets it: about
/// a tenth of a millisecond.
const STEP: u32 = 1;

/// Whether bcrypt takes no other password for this one: it fits into a key together with its final NUL, and has no other
/// NUL. Otherwise what was typed may match and still not be what its owner types tomorrow, as with a slip past the end of
/// the key.
pub(super) fn is_all_of_a_key(password: &[u8]) -> bool {
    password.len() < KEY_LENGTH && !password.contains(&0)
}

/// How bcrypt is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashBackend {
    /// So many side by side on each thread, by `palisade-bcrypt`.
    Lanes(Width),
    /// One after the other on each thread, by the `bcrypt` crate.
    Library,
}

impl HashBackend {
    /// How many hashes a thread computes at once.
    pub fn width(self) -> usize {
        match self {
            Self::Lanes(width) => width.get(),
            Self::Library => 1,
        }
    }

    /// How many steps of all threads together lie between two hashes of this cost that begin in a storm: half of what would
    /// spread them evenly, so that no lane is left free for long.
    pub(super) fn apart(self, cost: BcryptCost) -> u32 {
        match self {
            Self::Lanes(width) => {
                let lanes = u32::try_from(width.get()).unwrap_or(u32::MAX);
                (1 << cost.get()) / STEP / lanes / 2
            }
            // A step is a whole hash.
            Self::Library => 0,
        }
    }

    pub(super) fn engine(self) -> Box<dyn Engine> {
        match self {
            Self::Lanes(width) => Box::new(SideBySide { lanes: Lanes::new(width), width }),
            Self::Library => Box::new(OneByOne(None)),
        }
    }
}

impl Default for HashBackend {
    fn default() -> Self {
        Self::Lanes(Width::default())
    }
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
    fn key(&self) -> &[u8] {
        let (bytes, length) = &**self.key;
        bytes.get(..*length).unwrap_or_default()
    }

    /// The same for a lane. `None` for what bcrypt does not compute, which is never made here.
    fn for_lane(&self) -> Option<palisade_bcrypt::Job> {
        let (key, cost) = (Key::raw(self.key()).ok()?, Cost::new(self.cost).ok()?);
        Some(palisade_bcrypt::Job::new(key, cost, Salt::new(self.salt)))
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// Computes bcrypts on the thread that owns it, a piece at a time. A ticket that is dropped tells its caller so.
pub(super) trait Engine {
    /// How many jobs have begun and not ended.
    fn running(&self) -> usize;

    /// How many more can begin.
    fn room(&self) -> usize;

    /// Begins a job; those that run take no notice. Only while there is room.
    fn begin(&mut self, job: Job, ticket: Ticket);

    /// Gives up every job nobody waits for.
    fn drop_abandoned(&mut self);

    /// Computes on, and gives back what ended: its ticket and its digest.
    fn step(&mut self) -> Vec<(Ticket, [u8; 23])>;
}

/// Several side by side. A step ends with the first job that does, or after [`STEP`] iterations.
struct SideBySide {
    lanes: Lanes<Ticket>,
    width: Width,
}

impl Engine for SideBySide {
    fn running(&self) -> usize {
        self.lanes.len()
    }

    fn room(&self) -> usize {
        self.width.get().saturating_sub(self.lanes.len())
    }

    fn begin(&mut self, job: Job, ticket: Ticket) {
        if let Some(job) = job.for_lane() {
            let _ = self.lanes.add(job, ticket);
        }
    }

    fn drop_abandoned(&mut self) {
        self.lanes.retain(|ticket| !ticket.abandoned());
    }

    fn step(&mut self) -> Vec<(Ticket, [u8; 23])> {
        let ended = self.lanes.step(STEP);
        ended.into_iter().map(|(ticket, digest)| (ticket, digest.bytes())).collect()
    }
}

/// One after the other. A step is a whole hash.
struct OneByOne(Option<(Job, Ticket)>);

impl Engine for OneByOne {
    fn running(&self) -> usize {
        usize::from(self.0.is_some())
    }

    fn room(&self) -> usize {
        usize::from(self.0.is_none())
    }

    fn begin(&mut self, job: Job, ticket: Ticket) {
        self.0 = Some((job, ticket));
    }

    fn drop_abandoned(&mut self) {
        self.0.take_if(|(_, ticket)| ticket.abandoned());
    }

    fn step(&mut self) -> Vec<(Ticket, [u8; 23])> {
        let Some((job, ticket)) = self.0.take() else { return Vec::new() };
        // bcrypt's own text has always dropped the last byte.
        let [digest @ .., _] = bcrypt::bcrypt(job.cost(), job.salt(), job.key());
        vec![(ticket, digest)]
    }
}
