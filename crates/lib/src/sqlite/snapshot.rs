//! Snapshots that point reads share. Beginning and ending a read each take a lock of the file: two system calls
//! under one process-wide mutex, which cost more than the read itself. So a reader keeps its snapshot for the next
//! read, as long as it is the current state of the database:
//!
//! - this process has not committed since: the writer counts its commits before it answers, and a read checks the
//!   count before it begins;
//! - it is younger than [`OLDEST`]: a commit of another process, for example the command line, becomes visible that
//!   much later at most.
//!
//! A kept snapshot holds the [log](super::log), of every process on the file. So the writer ends snapshots that nobody
//! reads from: after each commit, before a checkpoint, and after a short time without calls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

/// How late a commit of another process may become visible.
const OLDEST: Duration = Duration::from_millis(2);

/// Counts the commits of this process.
#[derive(Debug, Default)]
pub(super) struct Commits(AtomicU64);

impl Commits {
    /// Records a commit, before any caller gets its answer.
    pub(super) fn note(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    fn so_far(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// A connection for point reads, and its kept snapshot.
#[derive(Debug)]
pub(super) struct SnapshotReader {
    connection: Connection,
    snapshot: Option<Snapshot>,
}

#[derive(Clone, Copy, Debug)]
struct Snapshot {
    /// The commits it contains.
    commits: u64,
    since: Instant,
}

impl SnapshotReader {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, snapshot: None }
    }

    /// The connection, at the current state of the database.
    ///
    /// # Errors
    /// When the last read cannot be ended: a read now would see an earlier state.
    pub(super) fn current(&mut self, commits: &Commits) -> rusqlite::Result<&Connection> {
        // Counted before the snapshot is taken: a commit in between is in the snapshot, and leads to one more
        // check.
        let commits = commits.so_far();
        let now = now();
        if self.snapshot.is_some_and(|snapshot| {
            snapshot.commits == commits && now.duration_since(snapshot.since) < OLDEST
        }) {
            return Ok(&self.connection);
        }
        self.release()?;
        // Without a shared snapshot each read takes its own: slower, and just as correct.
        if self.run("BEGIN").is_ok() {
            self.snapshot = Some(Snapshot { commits, since: now });
        }
        Ok(&self.connection)
    }

    /// Ends the snapshot.
    ///
    /// # Errors
    /// When it remains open: nothing can be read on this connection until it has been ended.
    pub(super) fn release(&mut self) -> rusqlite::Result<()> {
        self.snapshot = None;
        // The connection knows, whatever happened to earlier statements.
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.run("COMMIT").or_else(|_| self.connection.execute_batch("ROLLBACK"))
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the delay of another process's commits is a promise in real time, which no test sets"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use rusqlite::hooks::{AuthAction, AuthContext, Authorization, TransactionOperation};

    use super::*;

    fn database() -> (tempfile::TempDir, Connection, SnapshotReader) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let writer = super::super::open::writer(&path).unwrap();
        writer.execute_batch("CREATE TABLE numbers (number INTEGER)").unwrap();
        let reader = SnapshotReader::new(super::super::open::reader(&path).unwrap());
        (folder, writer, reader)
    }

    fn seen(reader: &mut SnapshotReader, commits: &Commits) -> i64 {
        let connection = reader.current(commits).unwrap();
        connection.query_row("SELECT count(*) FROM numbers", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_commit_of_this_process_is_seen_by_the_next_read() {
        let (_folder, writer, mut reader) = database();
        let commits = Commits::default();
        for count in 0..200 {
            assert_eq!(seen(&mut reader, &commits), count);
            writer.execute_batch("INSERT INTO numbers VALUES (1)").unwrap();
            commits.note();
        }
    }

    #[test]
    fn a_commit_of_another_process_is_seen_soon() {
        let (_folder, writer, mut reader) = database();
        let commits = Commits::default();
        assert_eq!(seen(&mut reader, &commits), 0);
        writer.execute_batch("INSERT INTO numbers VALUES (1)").unwrap();
        let begun = now();
        while seen(&mut reader, &commits) == 0 {
            assert!(begun.elapsed() < Duration::from_secs(10), "the other process is never seen");
        }
    }

    #[test]
    fn reads_that_follow_each_other_share_a_snapshot() {
        let (_folder, _writer, mut reader) = database();
        let commits = Commits::default();
        seen(&mut reader, &commits);
        // A reader that is never too old: this checks that the next read does not begin a new snapshot.
        let far = now() + Duration::from_hours(1);
        reader.snapshot = reader.snapshot.map(|snapshot| Snapshot { since: far, ..snapshot });
        seen(&mut reader, &commits);
        assert_eq!(reader.snapshot.map(|snapshot| snapshot.since), Some(far));
        assert!(!reader.connection.is_autocommit());
    }

    #[test]
    fn a_released_snapshot_does_not_hold_the_log() {
        let (_folder, writer, mut reader) = database();
        let commits = Commits::default();
        seen(&mut reader, &commits);
        writer.execute_batch("INSERT INTO numbers VALUES (1)").unwrap();
        let busy =
            || -> i64 { writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap() };
        writer.busy_timeout(Duration::ZERO).unwrap();
        assert_eq!(busy(), 1, "a held snapshot holds the log");
        reader.release().unwrap();
        assert_eq!(busy(), 0);
    }

    /// Makes the connection refuse these statements. Commits are `Unknown` to the library.
    fn refuse(reader: &mut SnapshotReader, operations: &'static [TransactionOperation]) {
        let judge = move |context: AuthContext<'_>| match context.action {
            AuthAction::Transaction { operation } if operations.contains(&operation) => Authorization::Deny,
            _ => Authorization::Allow,
        };
        reader.connection.authorizer(Some(judge)).unwrap();
    }

    #[test]
    fn a_reader_that_cannot_commit_its_read_continues_at_the_current_state() {
        let (_folder, writer, mut reader) = database();
        let commits = Commits::default();
        assert_eq!(seen(&mut reader, &commits), 0);
        refuse(&mut reader, &[TransactionOperation::Unknown]);
        writer.execute_batch("INSERT INTO numbers VALUES (1)").unwrap();
        commits.note();
        assert_eq!(seen(&mut reader, &commits), 1);
    }

    #[test]
    fn a_reader_that_cannot_end_its_read_reports_it_until_it_can() {
        let (_folder, writer, mut reader) = database();
        let commits = Commits::default();
        assert_eq!(seen(&mut reader, &commits), 0);
        refuse(&mut reader, &[TransactionOperation::Unknown, TransactionOperation::Rollback]);
        writer.execute_batch("INSERT INTO numbers VALUES (1)").unwrap();
        commits.note();
        for _ in 0..2 {
            assert!(reader.current(&commits).is_err(), "it would read what was before the commit");
        }
        refuse(&mut reader, &[]);
        assert_eq!(seen(&mut reader, &commits), 1);
    }
}
