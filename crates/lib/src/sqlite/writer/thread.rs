//! The thread of the writer: groups, and what becomes of each.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;
use rusqlite::Connection;

use super::job::{Group, Job};
use crate::engine::StoreError;
use crate::engine::plan::WriteTime;
use crate::sqlite::clock::FileClock;
use crate::sqlite::failure::{failed, unavailable};
use crate::sqlite::log::Log;
use crate::sqlite::place::{self, Place};
use crate::sqlite::readers::{Gate, PointReaders};
use crate::sqlite::snapshot::Commits;

/// The maximum number of batches in one transaction, so that the first of them does not wait for too many others.
const GROUP: usize = 128;

/// After this long without a call, kept snapshots are ended: they would hold the log of another process.
const IDLE: Duration = Duration::from_millis(250);

/// Why a group failed.
#[derive(Debug, thiserror::Error)]
enum GroupError {
    /// It was rolled back.
    #[error("{0}")]
    NotWritten(rusqlite::Error),
    /// Its pages may be in the log, and be found there if the process ends before the next group overwrites them.
    #[error("it is not known whether the write was committed: {0}")]
    Unknown(rusqlite::Error),
}

impl GroupError {
    /// A full disk or another process's lock fails before the end of the log's last page; another disk failure may
    /// come after it.
    fn in_commit(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::SystemIoFailure) => Self::Unknown(error),
            _ => Self::NotWritten(error),
        }
    }

    /// One for each caller: the engine's error cannot be copied.
    fn to_error(&self) -> StoreError {
        let doing = "writing";
        match self {
            Self::NotWritten(error) => match failed(doing, copy_of(error)) {
                StoreError::Engine { source, .. } => StoreError::Unavailable { doing, source: Some(source) },
                error => error,
            },
            Self::Unknown(error) => StoreError::Unknown { doing, source: Some(error.to_string().into()) },
        }
    }
}

/// A copy of the error.
fn copy_of(error: &rusqlite::Error) -> rusqlite::Error {
    let code =
        error.sqlite_error().copied().unwrap_or(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR));
    rusqlite::Error::SqliteFailure(code, Some(error.to_string()))
}

pub(super) struct State {
    pub(super) connection: Connection,
    pub(super) log: Log,
    pub(super) gate: Gate,
    pub(super) clock: Arc<FileClock>,
    pub(super) last: Timestamp,
    pub(super) commits: Arc<Commits>,
    pub(super) place: Place,
    /// Monotonic: when the mark beside the file was last moved.
    pub(super) advanced: Duration,
}

impl State {
    /// Serves until no caller is left. The readers are released first: the last connection to close the file
    /// empties the log into it, and a reader cannot.
    pub(super) fn serve(mut self, jobs: &Receiver<Box<dyn Job>>, readers: Arc<PointReaders>) {
        loop {
            let first = match jobs.recv_timeout(IDLE) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    readers.release_idle();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let mut group = vec![first];
            group.extend(jobs.try_iter().take(GROUP - 1));
            if !self.place.is_still_there() {
                // The writes would go into a file that nobody can open again.
                tracing::error!(batches = group.len(), "{}", place::GONE);
                for job in group {
                    job.answer(Err(unavailable(place::GONE)));
                }
                continue;
            }
            let written = self.write(&mut group);
            if let Err(error) = &written {
                tracing::error!(
                    error = error as &dyn std::error::Error,
                    batches = group.len(),
                    "a group of batches was not written"
                );
            }
            for job in group {
                job.answer(written.as_ref().map_err(GroupError::to_error).copied());
            }
            readers.release_idle();
            self.log.checkpoint_if_long(&self.connection, &readers, &self.gate);
        }
        // A copy of the file that was made while it was open must be recognizable as older. A process that only
        // read leaves no trace.
        let changes = self.connection.query_row("SELECT total_changes()", [], |row| row.get::<_, i64>(0));
        if changes.is_ok_and(|changes| changes > 0)
            && self.place.is_still_there()
            && let Err(error) = self.place.advance(&mut self.connection)
        {
            tracing::warn!(%error, "could not raise the commit count at the end");
        }
        drop(readers);
    }

    /// Writes a group. `Err` if none of it was written, or if that is unknown.
    fn write(&mut self, group: &mut Group) -> Result<(), GroupError> {
        if !self.connection.is_autocommit() {
            // An earlier group could not be rolled back: nothing continues before that is done.
            self.connection.execute_batch("ROLLBACK").map_err(GroupError::NotWritten)?;
        }
        let now = self.clock.monotonic();
        let is_due = now.saturating_sub(self.advanced) >= place::EVERY;
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(GroupError::NotWritten)?;
        let marked = self.write_each(group).map_err(|error| GroupError::NotWritten(self.give_up(error)))?;
        let next = is_due.then(|| self.place.next(&self.connection)).transpose();
        let next = next.map_err(|error| GroupError::NotWritten(self.give_up(error)))?;
        // The fsync happens here; no answer leaves before it.
        let committed = self.connection.execute_batch("COMMIT");
        // Also after a failure: it may then be unknown whether the commit took effect.
        self.commits.note();
        committed.map_err(|error| GroupError::in_commit(self.give_up(error)))?;
        if let Some(marked) = marked {
            self.clock.note(marked);
        }
        if let Some(next) = next {
            self.place.mark(next);
            self.advanced = now;
        }
        Ok(())
    }

    /// Also returns the progress of the clock, if it was written.
    fn write_each(&mut self, group: &mut Group) -> rusqlite::Result<Option<Timestamp>> {
        // Read after the lock was taken, so that times rise with the order of commits; a clock that was set back
        // does not change that.
        let now = self.clock.now();
        self.last = self.last.max(now);
        let time = WriteTime { at: self.last, now };
        let elapsed = self.clock.monotonic();
        for job in group {
            if job.deadline() < elapsed {
                continue;
            }
            self.connection.prepare_cached("SAVEPOINT batch")?.execute([])?;
            let succeeded = job.perform(&self.connection, time);
            // Some failures (a full disk, no memory) make SQLite roll the whole transaction back.
            if self.connection.is_autocommit() {
                return Err(rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK),
                    Some("the engine rolled the transaction back".to_owned()),
                ));
            }
            if !succeeded {
                self.connection.prepare_cached("ROLLBACK TO batch")?.execute([])?;
            }
            self.connection.prepare_cached("RELEASE batch")?.execute([])?;
        }
        self.clock.write(&self.connection, now)
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
    use std::sync::mpsc::sync_channel;

    use palisade_core::ports::{SystemRng, TestClock};

    use super::*;
    use crate::engine::plan::{Form, Written};
    use crate::sqlite::write;
    use crate::sqlite::writer::job::QueuedJob;
    use crate::sqlite::{open, schema};
    use crate::store::conformance::{Claim, ClaimKey};
    use crate::store::{Batch, Specified as _};

    fn state(folder: &std::path::Path) -> State {
        let mut connection = open::writer(&folder.join("a.db")).unwrap();
        schema::create(&mut connection, &[Claim::SPEC]).unwrap();
        let clock = Arc::new(TestClock::at(Timestamp::from_secs(100)));
        State {
            log: Log::install(&mut connection).unwrap(),
            gate: Gate::default(),
            clock: Arc::new(FileClock::of(&connection, clock).unwrap()),
            connection,
            last: Timestamp::EPOCH,
            commits: Arc::default(),
            place: Place::of(&folder.join("a.db")),
            advanced: Duration::ZERO,
        }
    }

    /// Writes a claim for each of these keys as one group, and returns their results. `Err` if there were none.
    fn write(
        state: &mut State,
        claims: impl IntoIterator<Item = (String, String, Duration)>,
    ) -> Result<Vec<Result<Written, StoreError>>, GroupError> {
        let (mut group, mut answers): (Vec<Box<dyn Job>>, Vec<_>) = (Vec::new(), Vec::new());
        for (key, owner, deadline) in claims {
            let claim = Claim { owner, ends_at: Timestamp::from_secs(200) };
            let batch = Batch::new().insert(&ClaimKey(key), claim);
            let writes = batch.encode(Form::Json, &SystemRng).unwrap();
            let work = move |connection: &Connection, time| write::all(connection, &writes, time);
            let (job, answer) = QueuedJob::new(work, deadline);
            group.push(Box::new(job));
            answers.push(answer);
        }
        state.write(&mut group)?;
        for job in group {
            job.answer(Ok(()));
        }
        Ok(answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect())
    }

    fn claim(key: &str, owner: String) -> (String, String, Duration) {
        (key.to_owned(), owner, Duration::from_secs(10))
    }

    fn kept(state: &State) -> Vec<String> {
        let mut statement = state.connection.prepare("SELECT id FROM claims ORDER BY id").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn only_an_io_error_leaves_the_outcome_of_a_commit_unknown() {
        use rusqlite::ffi::{
            Error, SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE, SQLITE_READONLY,
        };

        let of =
            |code| GroupError::in_commit(rusqlite::Error::SqliteFailure(Error::new(code), None)).to_error();
        for code in [SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE] {
            assert!(matches!(of(code), StoreError::Unknown { .. }), "{code}");
        }
        for code in [SQLITE_FULL, SQLITE_BUSY, SQLITE_READONLY] {
            assert!(matches!(of(code), StoreError::Unavailable { .. }), "{code}");
        }
    }

    #[test]
    fn a_refused_batch_does_not_affect_its_group() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = state(folder.path());
        let results = write(&mut state, ["a", "b", "a", "c"].map(|key| claim(key, key.to_owned()))).unwrap();
        let refused: Vec<_> = results.iter().map(Result::is_err).collect();
        assert_eq!(refused, [false, false, true, false]);
        assert_eq!(kept(&state), ["a", "b", "c"]);
    }

    #[test]
    fn a_full_disk_loses_no_acknowledged_write() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = state(folder.path());
        let pages: i64 = state.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        state.connection.pragma_update(None, "max_page_count", pages + 8).unwrap();
        let mut acknowledged = Vec::new();
        let mut failures = 0;
        for round in 0..20 {
            let keys: Vec<_> = (0..4).map(|number| format!("{round:02}-{number}")).collect();
            match write(&mut state, keys.iter().map(|key| claim(key, "x".repeat(300)))) {
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
    fn each_batch_of_a_failed_group_gets_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let state = state(folder.path());
        let readers = Arc::new(PointReaders::open(&folder.path().join("a.db"), &[Claim::SPEC]).unwrap());
        // As SQLite does by itself when the disk is full.
        let undo =
            |connection: &Connection, _| connection.execute_batch("ROLLBACK").map_err(|_| unavailable("x"));
        let (queue, jobs) = sync_channel(2);
        let (first, mut told_first) = QueuedJob::new(|_: &Connection, _| Ok(1), Duration::MAX);
        let (second, mut told_second) = QueuedJob::new(undo, Duration::MAX);
        queue.send(Box::new(first) as Box<dyn Job>).unwrap();
        queue.send(Box::new(second)).unwrap();
        drop(queue);
        state.serve(&jobs, readers);
        assert!(matches!(
            told_first.try_recv().unwrap(),
            Err(StoreError::Unavailable { doing: "writing", .. })
        ));
        assert!(matches!(
            told_second.try_recv().unwrap(),
            Err(StoreError::Unavailable { doing: "writing", .. })
        ));
    }

    #[test]
    fn a_batch_past_its_deadline_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = state(folder.path());
        let clock = TestClock::at(Timestamp::from_secs(100));
        clock.advance(Duration::from_millis(10_001));
        state.clock = Arc::new(FileClock::of(&state.connection, Arc::new(clock)).unwrap());
        let patient = ("b".to_owned(), String::new(), Duration::from_secs(11));
        let results = write(&mut state, [claim("a", String::new()), patient]).unwrap();
        assert!(matches!(results.as_slice(), [Err(StoreError::Unavailable { .. }), Ok(_)]), "{results:?}");
        assert_eq!(kept(&state), ["b"]);
    }

    #[test]
    fn the_time_of_writes_does_not_go_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = state(folder.path());
        write(&mut state, [claim("a", "a".to_owned())]).unwrap();
        let earlier = Arc::new(TestClock::at(Timestamp::from_secs(50)));
        state.clock = Arc::new(FileClock::of(&state.connection, earlier).unwrap());
        let results = write(&mut state, [claim("b", "b".to_owned())]).unwrap();
        let [Ok(written)] = results.as_slice() else { panic!("{results:?}") };
        assert_eq!(written.at, Timestamp::from_secs(100));
    }
}
