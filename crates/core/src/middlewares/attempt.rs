//! An attempt on an account, from the gate that admitted it to its result.
//!
//! Failures are counted by the comparison, never by the status of the answer: the code that compared the password
//! has recorded the result in the [`Trial`]. An attempt without a comparison gets its charge back, however the
//! request ended: with an answer, with a panic, past its deadline, or because the caller disconnected.

use std::sync::Arc;

use super::decide::decide;
use crate::errors::{AppError, with_causes};
use crate::limits::{AccountKey, Charge, Decision, Outcome, ResolvedPolicy, Subject, Trial};
use crate::net::NetworkKey;
use crate::state::ServerState;

/// The origin of an attempt: a failure counts against it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// From a device that is unknown to the account, or that has failed too often.
    UnknownDevice(NetworkKey, AccountKey),
    /// From a known device, with the key of its series of failures.
    KnownDevice(AccountKey),
}

/// An attempt under way. If it is dropped before it is settled, it settles itself as [`End::Broken`].
#[derive(Debug)]
pub(crate) struct Attempt(Option<Open>);

#[derive(Debug)]
struct Open {
    shared: Arc<ServerState>,
    limits: Arc<ResolvedPolicy>,
    source: Source,
    charged: Vec<Charged>,
    trial: Trial,
}

/// The charge of a gate for it.
pub(crate) type Charged = (Vec<Charge>, Decision);

/// The end of its request, as far as counting is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The handler succeeded.
    Done,
    /// The handler refused it.
    Refused,
    /// The server could not complete it, or the result is unknown.
    Broken,
}

/// The consequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It stays counted as an attempt.
    Counts,
    /// It also counts as a failure.
    Failed,
    /// Its charge is given back.
    GivenBack,
}

/// The consequence of each case. A refusal without a recorded comparison counts as a failure: a handler that compares
/// by itself and forgets to record it limits too much rather than too little. A caller whose password was right, but
/// whose answer was lost, has learned nothing, so that charge is given back.
const fn verdict(outcome: Outcome, end: End) -> Verdict {
    match (outcome, end) {
        (Outcome::Failed, _) | (Outcome::Untried, End::Refused) => Verdict::Failed,
        (Outcome::Untried | Outcome::Succeeded, End::Broken) => Verdict::GivenBack,
        (Outcome::Begun, _) | (Outcome::Succeeded, End::Refused) | (_, End::Done) => Verdict::Counts,
    }
}

impl Attempt {
    pub(super) fn new(
        shared: &Arc<ServerState>,
        limits: &Arc<ResolvedPolicy>,
        source: Source,
        charged: Vec<Charged>,
    ) -> Self {
        let (shared, limits) = (Arc::clone(shared), Arc::clone(limits));
        Self(Some(Open { shared, limits, source, charged, trial: Trial::counted() }))
    }

    /// Whether it comes from a known device.
    pub(crate) fn is_of_known_device(&self) -> bool {
        self.0.as_ref().is_some_and(|open| matches!(open.source, Source::KnownDevice(_)))
    }

    /// Where a comparison records its result.
    pub(crate) fn trial(&self) -> Trial {
        self.0.as_ref().map_or_else(Trial::uncounted, |open| open.trial.clone())
    }

    /// Counts its result, before the answer goes out.
    pub(crate) async fn settle(mut self, refused: Option<&AppError>) {
        let Some(open) = self.0.take() else { return };
        let end = match refused {
            None => End::Done,
            Some(error) if error.status_code() >= 500 => End::Broken,
            Some(_) => End::Refused,
        };
        open.settle(end).await;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let (Some(open), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        runtime.spawn(open.settle(End::Broken));
    }
}

impl Open {
    async fn settle(self, end: End) {
        match verdict(self.trial.end(), end) {
            Verdict::Counts => {}
            Verdict::Failed => self.count_failure().await,
            Verdict::GivenBack => give_back(&self.shared, &self.charged).await,
        }
    }

    async fn count_failure(self) {
        let charges = match self.source {
            Source::KnownDevice(series) => self.limits.charges(&Subject::FailingDevice(series)),
            Source::UnknownDevice(network, account) => self.limits.failure(network, account),
        };
        // A refusal is already counted, and the answer is sent either way.
        if let Err(error) = decide(&self.shared, &charges).await {
            tracing::warn!(cause = error.cause(), "a failed attempt was not counted");
        }
    }
}

/// Gives back the charge of an attempt without a comparison.
pub(super) async fn give_back(shared: &ServerState, charged: &[Charged]) {
    for (charges, decision) in charged {
        if let Err(error) = shared.limiter.give_back(charges, decision).await {
            let cause = with_causes(&error);
            tracing::warn!(cause, "an attempt that compared no password stays counted");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_judged_by_its_comparison_and_the_end_of_its_request() {
        use End::{Broken, Done, Refused};
        use Verdict::{Counts, Failed, GivenBack};
        for (outcome, done, refused, broken) in [
            (Outcome::Untried, Counts, Failed, GivenBack),
            (Outcome::Begun, Counts, Counts, Counts),
            (Outcome::Succeeded, Counts, Counts, GivenBack),
            (Outcome::Failed, Failed, Failed, Failed),
        ] {
            let verdicts = [Done, Refused, Broken].map(|end| verdict(outcome, end));
            assert_eq!(verdicts, [done, refused, broken], "{outcome:?}");
        }
    }
}
