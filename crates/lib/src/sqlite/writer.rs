//! The one writer: a thread that takes the batches that wait, writes them as one transaction with a savepoint each,
//! and answers all of them after the one fsync of its commit. Under load the cost of durability is shared; a batch
//! whose precondition fails takes nobody with it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use palisade_core::ports::Clock;
use palisade_core::utils::time::Timestamp;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::{failed, unavailable};
use super::readers::PointReaders;
use super::snapshot::Commits;
use super::write::{Moment, apply, put_as_it_is, remove};
use crate::store::plan::{RawDocument, Write, Written};
use crate::store::spec::CollectionSpec;
use crate::store::{BATCH_DEADLINE, StoreError};

/// Batches that may wait. The next one is refused at once: a queue that grows only answers later.
const QUEUE: usize = 1024;

/// Batches in one transaction at most, so that the first of them does not wait for too many others.
const GROUP: usize = 128;

pub(super) enum Task {
    Commit(Vec<Write>),
    Sweep { collection: &'static CollectionSpec, most: u32 },
    CopyIn { collection: &'static CollectionSpec, put: Vec<RawDocument>, remove: Vec<String> },
}

/// What a task did: the batch as written, the number of documents swept, or all that was to be copied.
#[derive(Debug)]
pub(super) enum Done {
    Written(Written),
    Swept(u64),
    Copied,
}

struct Job {
    task: Task,
    /// Monotonic: past this moment it is not written any more.
    deadline: Duration,
    answer: oneshot::Sender<Result<Done, StoreError>>,
}

/// The handle of the writer. Dropping it writes what waits, then ends the thread and closes the file.
#[derive(Debug)]
pub(super) struct Writer {
    clock: Arc<dyn Clock>,
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        clock: Arc<dyn Clock>,
        readers: Arc<PointReaders>,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let state = State {
            connection,
            clock: Arc::clone(&clock),
            last: Timestamp::EPOCH,
            commits: readers.commits(),
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || state.serve(&jobs, readers))?;
        Ok(Self { clock, queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn run(&self, task: Task) -> Result<Done, StoreError> {
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(|| unavailable("writing: the writer has ended"))?;
        let deadline = self.clock.monotonic().saturating_add(BATCH_DEADLINE);
        queue.try_send(Job { task, deadline, answer }).map_err(|error| match error {
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
    commits: Arc<Commits>,
}

impl State {
    /// Serves until nobody can ask any more. The readers are let go first: the last to close the file empties the log into
    /// it, and a reader cannot.
    fn serve(mut self, jobs: &Receiver<Job>, readers: Arc<PointReaders>) {
        while let Ok(first) = jobs.recv() {
            let mut group = vec![first];
            group.extend(jobs.try_iter().take(GROUP - 1));
            match self.write(&group) {
                Ok(results) => {
                    for (job, result) in group.into_iter().zip(results) {
                        // Nobody waiting any more is no failure: the write stands.
                        drop(job.answer.send(result));
                    }
                    readers.let_go();
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
        drop(readers);
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
        let committed = self.connection.execute_batch("COMMIT");
        // Also when it failed: whether it took effect is then unknown.
        self.commits.note();
        match committed {
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
        let elapsed = self.clock.monotonic();
        let mut results = Vec::with_capacity(group.len());
        for job in group {
            if job.deadline < elapsed {
                results.push(Err(unavailable("writing: the batch waited too long and was not written")));
                continue;
            }
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
            Task::CopyIn { collection, put, remove: gone } => {
                for document in put {
                    put_as_it_is(&self.connection, collection, document)?;
                }
                for id in gone {
                    remove(&self.connection, collection, id)?;
                }
                Ok(Done::Copied)
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

#[cfg(test)]
mod tests {
    use palisade_core::ports::{SystemRng, TestClock};

    use super::*;
    use crate::sqlite::{open, schema};
    use crate::store::conformance::{Claim, ClaimKey};
    use crate::store::plan::Form;
    use crate::store::{Batch, Document};

    fn state(folder: &std::path::Path) -> State {
        let mut connection = open::writer(&folder.join("a.db")).unwrap();
        schema::create(&mut connection, &[Claim::SPEC]).unwrap();
        State {
            connection,
            clock: Arc::new(TestClock::at(Timestamp::from_secs(100))),
            last: Timestamp::EPOCH,
            commits: Arc::default(),
        }
    }

    fn job(key: &str, owner: String) -> Job {
        let claim = Claim { owner, ends_at: Timestamp::from_secs(200) };
        let writes =
            Batch::new().insert(&ClaimKey(key.to_owned()), claim).encode(Form::Json, &SystemRng).unwrap();
        Job { task: Task::Commit(writes), deadline: Duration::from_secs(10), answer: oneshot::channel().0 }
    }

    fn kept(state: &State) -> Vec<String> {
        let mut statement = state.connection.prepare("SELECT id FROM claims ORDER BY id").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn a_batch_that_is_refused_takes_nobody_of_its_group_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = state(folder.path());
        let group = ["a", "b", "a", "c"].map(|key| job(key, key.to_owned()));
        let results = state.write(&group).unwrap();
        let refused: Vec<_> = results.iter().map(Result::is_err).collect();
        assert_eq!(refused, [false, false, true, false]);
        assert_eq!(kept(&state), ["a", "b", "c"]);
    }

    #[test]
    fn a_full_disk_loses_nothing_that_was_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = state(folder.path());
        let pages: i64 = state.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        state.connection.pragma_update(None, "max_page_count", pages + 8).unwrap();
        let mut acknowledged = Vec::new();
        let mut failures = 0;
        for round in 0..20 {
            let keys: Vec<_> = (0..4).map(|number| format!("{round:02}-{number}")).collect();
            let group: Vec<_> = keys.iter().map(|key| job(key, "x".repeat(300))).collect();
            match state.write(&group) {
                Ok(results) => {
                    failures += results.iter().filter(|result| result.is_err()).count();
                    acknowledged.extend(
                        keys.into_iter()
                            .zip(results)
                            .filter(|(_, result)| result.is_ok())
                            .map(|(key, _)| key),
                    );
                }
                Err(_) => failures += 4,
            }
            assert!(state.connection.is_autocommit());
            assert_eq!(kept(&state), acknowledged);
        }
        assert!(failures > 0, "the disk was never full");
        assert!(!acknowledged.is_empty());
    }

    #[test]
    fn a_batch_past_its_deadline_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = state(folder.path());
        let clock = TestClock::at(Timestamp::from_secs(100));
        clock.advance(Duration::from_millis(10_001));
        state.clock = Arc::new(clock);
        let patient = Job { deadline: Duration::from_secs(11), ..job("b", String::new()) };
        let results = state.write(&[job("a", String::new()), patient]).unwrap();
        assert!(matches!(results.as_slice(), [Err(StoreError::Unavailable { .. }), Ok(_)]), "{results:?}");
        assert_eq!(kept(&state), ["b"]);
    }

    #[test]
    fn the_writers_time_does_not_go_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = state(folder.path());
        state.write(&[job("a", "a".to_owned())]).unwrap();
        state.clock = Arc::new(TestClock::at(Timestamp::from_secs(50)));
        let results = state.write(&[job("b", "b".to_owned())]).unwrap();
        let [Ok(Done::Written(written))] = results.as_slice() else { panic!("{results:?}") };
        assert_eq!(written.at, Timestamp::from_secs(100));
    }
}
