//! Batches. A single write is one command and needs no transaction; several are one transaction, retried as a whole
//! when the server has aborted it, under one deadline. The driver's own helper would retry for two minutes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mongodb::ClientSession;
use mongodb::error::{Error, UNKNOWN_TRANSACTION_COMMIT_RESULT};
use mongodb::options::{ReadConcern, TransactionOptions};
use palisade_core::ports::Clock as _;

use super::MongoDb;
use super::concern::{DEADLINE, majority};
use super::failure::{deadline_passed, failed, is_transient, unknown};
use super::write::{Refused, apply};
use crate::engine::StoreError;
use crate::engine::plan::{Write, WriteTime, Written};

/// Pauses between attempts: a random part of a bound that doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(4);
const LONGEST_PAUSE: Duration = Duration::from_millis(256);

/// Whether a batch may have been committed, for a caller whose deadline passed.
#[derive(Default)]
pub(super) struct Progress {
    is_committing: AtomicBool,
}

/// Why an attempt failed.
enum AttemptError {
    /// Nothing was written, and a retry may help.
    Again(Error),
    /// No retry would end differently, or the outcome is unknown.
    Final(StoreError),
}

impl MongoDb {
    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<Written, StoreError> {
        let progress = Progress::default();
        let until = self.clock.monotonic().saturating_add(DEADLINE);
        let work = async {
            self.clock.settle(&self.database).await.map_err(|error| failed("asking for the time", &error))?;
            match writes.as_slice() {
                [write] => self.write_one(write, until, &progress).await,
                _ => self.write_all(&writes, until, &progress).await,
            }
        };
        match tokio::time::timeout(DEADLINE, work).await {
            Ok(done) => done,
            Err(_) if progress.is_committing.load(Ordering::Acquire) => Err(unknown("committing")),
            Err(_) => Err(deadline_passed("writing")),
        }
    }

    pub(super) async fn write_one(
        &self,
        write: &Write,
        until: Duration,
        progress: &Progress,
    ) -> Result<Written, StoreError> {
        let time = self.write_time(std::slice::from_ref(write));
        let mut session = self.session().await?;
        progress.is_committing.store(true, Ordering::Release);
        let collection = self.collection(write.collection);
        apply(&collection, &mut session, write, time, self.left(until))
            .await
            .map_err(Refused::into_single_write_error)?;
        self.remember_time(&session);
        Ok(written(std::slice::from_ref(write), time))
    }

    async fn write_all(
        &self,
        writes: &[Write],
        until: Duration,
        progress: &Progress,
    ) -> Result<Written, StoreError> {
        let mut bound = FIRST_PAUSE;
        loop {
            match self.attempt(writes, until, progress).await {
                Ok(written) => return Ok(written),
                Err(AttemptError::Final(error)) => return Err(error),
                Err(AttemptError::Again(error)) => {
                    tracing::debug!(
                        code = super::failure::code(&error),
                        "a batch conflicted with another and is retried"
                    );
                }
            }
            progress.is_committing.store(false, Ordering::Release);
            tokio::time::sleep(self.jitter(bound)).await;
            bound = bound.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    /// One transaction from beginning to end. It takes its own time: its writes must not look older than they are.
    async fn attempt(
        &self,
        writes: &[Write],
        until: Duration,
        progress: &Progress,
    ) -> Result<Written, AttemptError> {
        let time = self.write_time(writes);
        let mut session = self.session().await.map_err(AttemptError::Final)?;
        let options = TransactionOptions::builder()
            .read_concern(ReadConcern::majority())
            .write_concern(majority())
            .max_commit_time(self.left(until))
            .build();
        let begun = session.start_transaction().with_options(options).await;
        begun.map_err(|error| AttemptError::Final(failed("beginning a transaction", &error)))?;
        for write in writes {
            let collection = self.collection(write.collection);
            let refused = match apply(&collection, &mut session, write, time, self.left(until)).await {
                Ok(()) => continue,
                Err(refused) => refused,
            };
            // The answer does not depend on it: an uncommitted transaction is aborted.
            drop(session.abort_transaction().await);
            return Err(match refused {
                Refused::Failed(error) if is_transient(&error) => AttemptError::Again(error),
                Refused::Failed(_) => AttemptError::Final(refused.into_error()),
                Refused::Precondition(refusal) => {
                    // A transaction may be refused because of a recent write that no read shows before a majority
                    // has it. The caller's next read has to see that write, or the transaction is refused again and
                    // again for the same reason.
                    drop(self.catch_up(write.collection, &write.id, self.left(until)).await);
                    AttemptError::Final(refusal)
                }
            });
        }
        progress.is_committing.store(true, Ordering::Release);
        self.finish(&mut session).await?;
        self.remember_time(&session);
        Ok(written(writes, time))
    }

    /// Commits, and retries while the server does not know the outcome.
    async fn finish(&self, session: &mut ClientSession) -> Result<(), AttemptError> {
        let mut bound = FIRST_PAUSE;
        loop {
            match session.commit_transaction().await {
                Ok(()) => return Ok(()),
                Err(error) if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) => {
                    tokio::time::sleep(self.jitter(bound)).await;
                    bound = bound.saturating_mul(2).min(LONGEST_PAUSE);
                }
                Err(error) if is_transient(&error) => return Err(AttemptError::Again(error)),
                Err(error) => return Err(AttemptError::Final(failed("committing", &error))),
            }
        }
    }

    /// The rest of a deadline, as a limit for the server; at least a millisecond, because zero means no limit.
    fn left(&self, until: Duration) -> Duration {
        until.saturating_sub(self.clock.monotonic()).max(Duration::from_millis(1))
    }

    fn write_time(&self, writes: &[Write]) -> WriteTime {
        let time = WriteTime { at: self.clock.write_time(), now: self.clock.now() };
        time.after_what_it_is_based_on(writes)
    }

    /// A random part of a pause, so that conflicting batches do not conflict again.
    fn jitter(&self, bound: Duration) -> Duration {
        let mut byte = [0_u8; 1];
        self.rng.fill(&mut byte);
        bound.saturating_mul(u32::from(byte[0])) / 255
    }
}

fn written(writes: &[Write], time: WriteTime) -> Written {
    let documents = writes
        .iter()
        .map(|write| (write.collection.name, write.id.clone(), write.outcome(time.at)))
        .collect();
    Written { at: time.at, documents }
}
