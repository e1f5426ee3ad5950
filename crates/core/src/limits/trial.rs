//! The result of an attempt on an account: recorded by the code that compares the password, not derived from the
//! answer.
//!
//! An answer has many reasons, and a new one easily gets a status that a counter of failures overlooks. Whether a
//! password was compared, and whether it was right, is a fact of the comparison.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const UNTRIED: u8 = 0;
const BEGUN: u8 = 1;
const SUCCEEDED: u8 = 2;
const FAILED: u8 = 3;
/// The request has ended before anything was compared: its charge is given back.
const CLOSED: u8 = 4;

/// Where a comparison records its result. Clones share it.
///
/// A request whose route names an account with `limit_by` has one, and its handler's caller carries it
/// ([`Visitor::trial`](crate::identity::Visitor::trial)). The password hasher takes it and records everything by
/// itself. Code that compares something else (a code, an answer) calls [`begin`](Self::begin) before and
/// [`succeeded`](Self::succeeded) or [`failed`](Self::failed) after.
#[derive(Clone, Debug)]
pub struct Trial(Option<Arc<AtomicU8>>);

/// The state of an attempt when its request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing was compared, and nothing will be.
    Untried,
    /// A comparison had begun, and its result is not known.
    Begun,
    /// The credential was right.
    Succeeded,
    /// The credential was wrong, at least once.
    Failed,
}

impl Trial {
    /// A trial that counts.
    pub(crate) fn counted() -> Self {
        Self(Some(Arc::new(AtomicU8::new(UNTRIED))))
    }

    /// For comparisons without an account limit: behind a session, in a job, in a test.
    pub const fn uncounted() -> Self {
        Self(None)
    }

    /// A comparison begins: from here on the attempt counts, even if nobody waits for its result.
    pub fn begin(&self) {
        self.record(BEGUN, |now| matches!(now, UNTRIED | SUCCEEDED));
    }

    /// The credential was right.
    pub fn succeeded(&self) {
        self.record(SUCCEEDED, |now| matches!(now, UNTRIED | BEGUN | SUCCEEDED));
    }

    /// The credential was wrong. This stays, whatever succeeds afterwards.
    pub fn failed(&self) {
        self.record(FAILED, |now| now != CLOSED);
    }

    fn record(&self, outcome: u8, from: impl Fn(u8) -> bool) {
        if let Some(state) = &self.0 {
            // A refused transition is recorded already, or too late.
            let _ =
                state.fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| from(now).then_some(outcome));
        }
    }

    /// The request ends. Atomic with a comparison that would begin: an attempt that was found untried stays so.
    pub(crate) fn end(&self) -> Outcome {
        let Some(state) = &self.0 else { return Outcome::Untried };
        match state.compare_exchange(UNTRIED, CLOSED, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) | Err(CLOSED) => Outcome::Untried,
            Err(SUCCEEDED) => Outcome::Succeeded,
            Err(FAILED) => Outcome::Failed,
            Err(_) => Outcome::Begun,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(notes: &[fn(&Trial)]) -> Outcome {
        let trial = Trial::counted();
        for note in notes {
            note(&trial);
        }
        trial.end()
    }

    #[test]
    fn the_outcome_is_the_last_recorded_one_and_a_failure_stays() {
        assert_eq!(after(&[]), Outcome::Untried);
        assert_eq!(after(&[Trial::begin]), Outcome::Begun);
        assert_eq!(after(&[Trial::begin, Trial::succeeded]), Outcome::Succeeded);
        assert_eq!(after(&[Trial::begin, Trial::failed]), Outcome::Failed);
        assert_eq!(after(&[Trial::failed, Trial::begin, Trial::succeeded]), Outcome::Failed);
        assert_eq!(after(&[Trial::succeeded, Trial::begin]), Outcome::Begun, "a second factor, say");
        assert_eq!(after(&[Trial::succeeded, Trial::begin, Trial::failed]), Outcome::Failed);
    }

    #[test]
    fn an_attempt_that_ended_untried_stays_untried() {
        let trial = Trial::counted();
        assert_eq!(trial.end(), Outcome::Untried);
        trial.begin();
        trial.failed();
        assert_eq!(trial.end(), Outcome::Untried);
    }
}
