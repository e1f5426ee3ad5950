//! The computation behind password hashing, on the thread that owns it: several bcrypts side by side, or the
//! library's, one after the other. Both produce the same hashes.

use palisade_bcrypt::{Lanes, Width};

use super::job::Job;
use super::stored::BcryptCost;
use super::task::Ticket;

/// The number of iterations that the lanes run before new jobs may join, and before other threads get the core:
/// about a tenth of a millisecond.
const STEP: u32 = 1;

/// The implementation of bcrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashBackend {
    /// This many side by side on each thread, by `palisade-bcrypt`.
    Lanes(Width),
    /// One after the other on each thread, by the `bcrypt` crate.
    Library,
}

impl HashBackend {
    /// The number of hashes that a thread computes at once.
    pub fn width(self) -> usize {
        match self {
            Self::Lanes(width) => width.get(),
            Self::Library => 1,
        }
    }

    /// The number of steps, over all threads, between the starts of two hashes of this cost in a storm: half of
    /// what would spread them evenly, so that no lane stays free for long.
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

/// Computes bcrypts on the thread that owns it, piece by piece. Dropping a ticket notifies its caller.
pub(super) trait Engine {
    /// The number of jobs that have begun and not ended.
    fn running(&self) -> usize;

    /// The number of further jobs that can begin.
    fn room(&self) -> usize;

    /// Begins a job without affecting running ones. Only while there is room.
    fn begin(&mut self, job: Job, ticket: Ticket);

    /// Drops every job that nobody waits for.
    fn drop_abandoned(&mut self);

    /// Continues the computation, and returns each finished job's ticket and digest.
    fn step(&mut self) -> Vec<(Ticket, [u8; 23])>;
}

/// Several side by side. A step ends when the first job ends, or after [`STEP`] iterations.
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
        // bcrypt's own format has always dropped the last byte.
        let [digest @ .., _] = bcrypt::bcrypt(job.cost(), job.salt(), job.key());
        vec![(ticket, digest)]
    }
}
