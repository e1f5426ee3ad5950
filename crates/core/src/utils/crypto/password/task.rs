//! A computation and its caller.

use std::ops::Range;

use tokio::sync::oneshot;

use super::job::Job;
use crate::limits::Trial;
use crate::utils::crypto::secret::constant_time_eq;

/// The question that a computation answers.
pub(super) enum Question {
    /// The digest, for a new hash.
    Digest,
    /// Whether it is this digest.
    Is([u8; 23]),
    /// Nothing: the answer is no, and has to take as long.
    Nothing,
}

/// The answer to a [`Question`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Digest([u8; 23]),
    Yes,
    No,
}

/// A computation that waits for a thread, and its caller.
pub(super) struct Task {
    pub(super) job: Job,
    pub(super) question: Question,
    pub(super) answer: oneshot::Sender<Answer>,
    /// Notified when a thread starts it.
    pub(super) begun: oneshot::Sender<()>,
    /// Where the result of a comparison is recorded.
    pub(super) trial: Trial,
}

impl Task {
    pub(super) fn abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    /// The first job that a thread computes for it.
    pub(super) fn begin(self, dearest: u32) -> (Job, Ticket) {
        let Self { job, question, answer, begun, trial } = self;
        trial.begin();
        // The next step notices a caller who is gone.
        let _ = begun.send(());
        let cost = job.cost();
        (job, Ticket { question, answer, trial, cost, owed: cost..dearest })
    }
}

/// The caller of a computation that has begun, and the work for it.
pub(super) struct Ticket {
    question: Question,
    answer: oneshot::Sender<Answer>,
    trial: Trial,
    /// The cost of the current job.
    pub(super) cost: u32,
    /// The costs of the decoys that a "no" still has to compute.
    owed: Range<u32>,
}

impl Ticket {
    pub(super) fn abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    /// Answers, or returns the next job to compute. A "no" is given only after exactly `2^dearest` rounds: after a
    /// hash of a lower cost c, decoys of c, c+1, … dearest−1 make up the rest, one after the other, because 2^c +
    /// 2^c + 2^(c+1) + … + 2^(dearest−1) = 2^dearest.
    pub(super) fn go_on(mut self, digest: &[u8; 23]) -> Option<(Job, Self)> {
        let given = match self.question {
            Question::Digest => Answer::Digest(*digest),
            Question::Is(expected) if constant_time_eq(&expected, digest) => Answer::Yes,
            Question::Is(_) | Question::Nothing => {
                if let Some(cost) = self.owed.next() {
                    return Some((Job::decoy(cost), Self { question: Question::Nothing, cost, ..self }));
                }
                Answer::No
            }
        };
        match given {
            Answer::Yes => self.trial.held(),
            Answer::No => self.trial.failed(),
            Answer::Digest(_) => {}
        }
        // A caller who is gone needs no answer.
        let _ = self.answer.send(given);
        None
    }
}
