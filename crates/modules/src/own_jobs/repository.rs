//! The queries and writes about the jobs of a product. Every write is one decision, all or nothing.

use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_lib::store::{Batch, Collection, Store, StoreError, Stored};

use super::schema::{JobKey, JobState};
use super::types::{Outcome, Start};
use crate::product::Job;

/// How long an instance has a job for itself. A run is cut off long before.
const LEASE: Duration = Duration::from_mins(1);

/// How soon a run that failed is due again, unless the job runs more often.
const AFTER_A_FAILURE: Duration = Duration::from_mins(1);

/// The end of an attempt to take a job.
#[derive(Debug)]
pub(super) enum Taken {
    /// This instance has it.
    Here(Lease),
    /// It is not due before then.
    NotDue(Timestamp),
    /// Another instance has it, until then at the latest.
    Elsewhere(Timestamp),
}

/// A job that this instance has for itself.
#[derive(Debug)]
pub(super) struct Lease {
    state: Stored<JobState>,
    began_at: Timestamp,
}

/// The collection of the states.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    store: Store,
    states: Collection<JobState>,
}

impl Repository {
    pub(super) fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { store: store.clone(), states: store.collection()? })
    }

    /// The time by the store's clock.
    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// When a job is due, and how many runs in a row have failed. `None` before its first run.
    pub(super) async fn state(&self, job: &Job) -> Result<Option<(Timestamp, u32)>, StoreError> {
        let state = self.states.get(&JobKey::of(job.name)).await?;
        Ok(state.map(|state| (state.value().due_at, state.value().failures)))
    }

    /// Takes a job for this instance. A job that nobody has ever run is due.
    pub(super) async fn take(&self, job: &Job, start: Start) -> Result<Taken, StoreError> {
        let key = JobKey::of(job.name);
        let (read, now) = (self.states.get(&key).await?, self.now());
        if let Some(state) = read.as_ref().map(Stored::value) {
            if state.leased_until > now {
                return Ok(Taken::Elsewhere(state.leased_until));
            }
            if start == Start::WhenDue && state.due_at > now {
                return Ok(Taken::NotDue(state.due_at));
            }
        }
        let (due_at, failures) =
            read.as_ref().map_or((now, 0), |read| (read.value().due_at, read.value().failures));
        let leased = JobState { due_at, leased_until: now.plus(LEASE), failures };
        let batch = match &read {
            Some(read) => Batch::new().replace(read, leased.clone()),
            None => Batch::new().insert(&key, leased.clone()),
        };
        let elsewhere = Taken::Elsewhere(now.plus(LEASE));
        match self.store.commit(batch).await {
            Ok(commit) => Ok(commit
                .stored(&key, leased)
                .map_or(elsewhere, |state| Taken::Here(Lease { state, began_at: now }))),
            Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => Ok(elsewhere),
            Err(error) => Err(error),
        }
    }

    /// Returns a job after a run. [`StoreError::Stale`] if another instance has taken it meanwhile.
    pub(super) async fn finish(&self, job: &Job, lease: &Lease, outcome: Outcome) -> Result<(), StoreError> {
        let Lease { state, began_at } = lease;
        let (due_at, failures) = match outcome {
            Outcome::Done => (began_at.plus(job.every), 0),
            Outcome::More => (self.now(), 0),
            Outcome::Failed => {
                let failures = state.value().failures.saturating_add(1);
                (self.now().plus(job.every.min(AFTER_A_FAILURE)), failures)
            }
            Outcome::Stopped => (state.value().due_at, state.value().failures),
        };
        let free = JobState { due_at, leased_until: Timestamp::EPOCH, failures };
        self.store.commit(Batch::new().replace(state, free)).await.map(drop)
    }
}
