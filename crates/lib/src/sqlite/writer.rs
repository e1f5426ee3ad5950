//! The one writer: a thread that takes the batches that wait, writes them as one transaction with a savepoint each,
//! and answers all of them after the one fsync of its commit. Under load the cost of durability is shared; a batch
//! whose precondition fails takes nobody with it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use palisade_core::ports::Clock;
use palisade_core::utils::time::Timestamp;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::{failed, unavailable};
use super::write::{Moment, apply};
use crate::store::StoreError;
use crate::store::plan::{Write, Written};
use crate::store::spec::CollectionSpec;

/// Batches that may wait. The next one is refused at once: a queue that grows only answers later.
const QUEUE: usize = 1024;

/// Batches in one transaction at most, so that the first of them does not wait for too many others.
const GROUP: usize = 128;

pub(super) enum Task {
    Commit(Vec<Write>),
    Sweep { collection: &'static CollectionSpec, most: u32 },
}

/// What a task did: the batch as written, or the number of documents swept.
#[derive(Debug)]
pub(super) enum Done {
    Written(Written),
    Swept(u64),
}

struct Job {
    task: Task,
    answer: oneshot::Sender<Result<Done, StoreError>>,
}

/// The handle of the writer. Dropping it writes what waits, then ends the thread and closes the file.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || State { connection, clock, last: Timestamp::EPOCH }.serve(&jobs))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn run(&self, task: Task) -> Result<Done, StoreError> {
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(|| unavailable("writing: the writer has ended"))?;
        queue.try_send(Job { task, answer }).map_err(|error| match error {
            TrySendError::Full(_) => unavailable("writing: too many batches wait"),
            TrySendError::Disconnected(_) => unavailable("writing: the writer has ended"),
        })?;
        answered.await.map_err(|_| unavailable("writing: the writer has ended"))?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has been reported by the panic itself.
            drop(thread.join());
        }
    }
}

struct State {
    connection: Connection,
    clock: Arc<dyn Clock>,
    last: Timestamp,
}

impl State {
    fn serve(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let mut group = vec![first];
            group.extend(jobs.try_iter().take(GROUP - 1));
            match self.write(&group) {
                Ok(results) => {
                    for (job, result) in group.into_iter().zip(results) {
                        // Nobody waiting any more is no failure: the write stands.
                        drop(job.answer.send(result));
                    }
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        batches = group.len(),
                        "a group of batches was not written"
                    );
                    let text = error.to_string();
                    for job in group {
                        let source = Some(text.clone().into());
                        drop(job.answer.send(Err(StoreError::Unavailable { doing: "writing", source })));
                    }
                }
            }
        }
    }

    /// Writes a group. `Err` when none of it was written.
    fn write(&mut self, group: &[Job]) -> rusqlite::Result<Vec<Result<Done, StoreError>>> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let results = self.write_each(group);
        let results = match results {
            Ok(results) => results,
            Err(error) => return Err(self.give_up(error)),
        };
        // The fsync happens in here; no answer leaves before it.
        match self.connection.execute_batch("COMMIT") {
            Ok(()) => Ok(results),
            Err(error) => Err(self.give_up(error)),
        }
    }

    fn write_each(&mut self, group: &[Job]) -> rusqlite::Result<Vec<Result<Done, StoreError>>> {
        // Read after the lock was taken, so that times rise with the order of commits; a clock that was set back
        // does not change that.
        let now = self.clock.now();
        self.last = self.last.max(now);
        let moment = Moment { at: self.last, now };
        let mut results = Vec::with_capacity(group.len());
        for job in group {
            self.connection.prepare_cached("SAVEPOINT batch")?.execute([])?;
            let result = self.perform(&job.task, moment);
            // Some failures (a full disk, no memory) make SQLite roll the whole transaction back.
            if self.connection.is_autocommit() {
                return Err(rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK),
                    Some("the engine rolled the transaction back".to_owned()),
                ));
            }
            if result.is_err() {
                self.connection.prepare_cached("ROLLBACK TO batch")?.execute([])?;
            }
            self.connection.prepare_cached("RELEASE batch")?.execute([])?;
            results.push(result);
        }
        Ok(results)
    }

    fn perform(&self, task: &Task, moment: Moment) -> Result<Done, StoreError> {
        match task {
            Task::Commit(writes) => {
                let mut documents = Vec::with_capacity(writes.len());
                for write in writes {
                    apply(&self.connection, write, moment)?;
                    documents.push((write.collection.name, write.id.clone(), write.outcome(moment.at)));
                }
                Ok(Done::Written(Written { at: moment.at, documents }))
            }
            Task::Sweep { collection, most } => {
                let sql = format!(
                    "DELETE FROM \"{0}\" WHERE rowid IN (SELECT rowid FROM \"{0}\" WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
                    collection.name
                );
                let run = || self.connection.prepare_cached(&sql)?.execute((moment.now.as_millis(), most));
                let swept = run().map_err(|error| failed("sweeping", error))?;
                Ok(Done::Swept(u64::try_from(swept).unwrap_or(u64::MAX)))
            }
        }
    }

    fn give_up(&self, error: rusqlite::Error) -> rusqlite::Error {
        if !self.connection.is_autocommit() && self.connection.execute_batch("ROLLBACK").is_err() {
            tracing::error!("a failed transaction could not be rolled back");
        }
        error
    }
}
