//! A computation and its caller.

use std::ops::Range;

use tokio::sync::oneshot;

use super::job::Job;
use crate::limits::Trial;
use crate::utils::crypto::secret::constant_time_eq;

/// What the caller expects of a computation.
pub(super) enum Expectation {
    /// The digest, for a new hash.
    Digest,
    /// Whether it is this digest.
    Is([u8; 23]),
    /// Nothing: the answer is no, and has to take as long.
    Nothing,
}

/// The outcome of a computation, as its [`Expectation`] asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HashOutcome {
    Digest([u8; 23]),
    Yes,
    No,
}

/// A computation that waits for a thread, and its caller.
pub(super) struct Task {
    pub(super) job: Job,
    pub(super) expectation: Expectation,
    pub(super) outcome: oneshot::Sender<HashOutcome>,
    /// Notified when a thread starts it.
    pub(super) begun: oneshot::Sender<()>,
    /// Where the result of a comparison is recorded.
    pub(super) trial: Trial,
}

impl Task {
    pub(super) fn abandoned(&self) -> bool {
        self.outcome.is_closed()
    }

    /// The first job that a thread computes for it.
    pub(super) fn begin(self, highest_cost: u32) -> (Job, Ticket) {
        let Self { job, expectation, outcome, begun, trial } = self;
        trial.begin();
        // The next step notices a caller who is gone.
        let _ = begun.send(());
        let cost = job.cost();
        (job, Ticket { expectation, outcome, trial, cost, owed: cost..highest_cost })
    }
}

/// The caller of a computation that has begun, and the work for it.
pub(super) struct Ticket {
    expectation: Expectation,
    outcome: oneshot::Sender<HashOutcome>,
    trial: Trial,
    /// The cost of the current job.
    pub(super) cost: u32,
    /// The costs of the decoys that a "no" still has to compute.
    owed: Range<u32>,
}

impl Ticket {
    pub(super) fn abandoned(&self) -> bool {
        self.outcome.is_closed()
    }

    /// Answers, or returns the next job to compute. A "no" is given only after exactly 2^h rounds, h being the highest
    /// cost: after a hash of a lower cost c, decoys of c, c+1, … h−1 make up the rest, one after the other, because
    /// 2^c + 2^c + 2^(c+1) + … + 2^(h−1) = 2^h.
    pub(super) fn go_on(mut self, digest: &[u8; 23]) -> Option<(Job, Self)> {
        let given = match self.expectation {
            Expectation::Digest => HashOutcome::Digest(*digest),
            Expectation::Is(expected) if constant_time_eq(&expected, digest) => HashOutcome::Yes,
            Expectation::Is(_) | Expectation::Nothing => {
                if let Some(cost) = self.owed.next() {
                    return Some((
                        Job::decoy(cost),
                        Self { expectation: Expectation::Nothing, cost, ..self },
                    ));
                }
                HashOutcome::No
            }
        };
        match given {
            HashOutcome::Yes => self.trial.succeeded(),
            HashOutcome::No => self.trial.failed(),
            HashOutcome::Digest(_) => {}
        }
        // A caller who is gone needs no answer.
        let _ = self.outcome.send(given);
        None
    }
}
