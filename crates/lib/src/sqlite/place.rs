//! Whether the file of the database still is the one that this program left or opened.
//!
//! Two things happen to a file from outside. Somebody restores it, empties it, or removes its log while nobody has it
//! open: SQLite cannot notice, because every past state is a whole database. So the file counts its commits (in
//! `user_version`, within the transactions), and a mark next to it (`….mark`) repeats the count: written after its
//! commit, it is never ahead of the disk. A file that is behind its mark has lost writes. Or somebody removes or
//! replaces it while it is open: the process would continue to write into a file without a name. So before each write
//! the writer checks whether the name still leads to the open file.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::files;
use crate::engine::OpenError;

/// How often the mark is written while there are commits. The loss of later commits goes unnoticed.
pub(super) const EVERY: Duration = Duration::from_secs(30);

/// The refusal of a write when the file is not the one that was opened.
pub(super) const GONE: &str = "the file of the database, or its log, was removed or replaced while the server had it open: put \
                               it back, or restart the server on what is there now";

const EXPLANATION: &str =
    "# The commit count of the database next to this file. A database with a lower count has lost writes.\n";

/// The name of an open file, and the file that it led to.
#[derive(Clone, Debug)]
pub(super) struct Place {
    path: PathBuf,
    files: [Option<(u64, u64)>; 2],
}

impl Place {
    /// Remembers the identity of a file that was just opened, and of its log.
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), files: identities(path) }
    }

    /// Whether the name still leads to the opened files. A log that did not exist may have been created since.
    pub(super) fn is_still_there(&self) -> bool {
        let now = identities(&self.path);
        self.files.iter().zip(now).all(|(then, now)| then.is_none() || *then == now)
    }

    /// Increases the count, and writes the mark.
    pub(super) fn advance(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let count = {
            let locked = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let next = self.next(&locked)?;
            locked.commit()?;
            next
        };
        self.mark(count);
        Ok(())
    }

    /// Increases the count within the open transaction; returns the value to [mark](Self::mark) after the commit.
    pub(super) fn next(&self, connection: &Connection) -> rusqlite::Result<i64> {
        let next = count_of(connection)?.max(marked(&self.path)).saturating_add(1);
        connection.pragma_update(None, "user_version", next)?;
        Ok(next)
    }

    /// Writes the count to the mark. A failure matters only if the mark is needed later.
    pub(super) fn mark(&self, count: i64) {
        if let Err(error) = write_mark(&files::mark(&self.path), count) {
            tracing::warn!(%error, "could not update the mark of the database");
        }
    }
}

/// Refuses a missing or empty file if there was one before. Call it before anything is opened or created: SQLite
/// discards the log of an empty file.
pub(super) fn refuse_none(path: &Path) -> Result<(), OpenError> {
    let is_something = fs::metadata(path).is_ok_and(|file| file.len() > 0);
    if is_something || marked(path) == 0 { Ok(()) } else { Err(behind(path)) }
}

/// Refuses a file that is behind its mark.
pub(super) fn refuse_older(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    // The mark first: another process may increase the count between the two reads.
    let marked = marked(path);
    let count = count_of(connection)
        .map_err(|error| super::failure::explain(path, "reading its commit count", error))?;
    if count < marked { Err(behind(path)) } else { Ok(()) }
}

fn behind(path: &Path) -> OpenError {
    OpenError::Behind { path: path.to_owned(), mark: files::mark(path) }
}

fn count_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// The device and inode of the database and of its log.
fn identities(path: &Path) -> [Option<(u64, u64)>; 2] {
    [path, &files::log(path)].map(|path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino())))
}

/// The last recorded count of the file.
fn marked(path: &Path) -> i64 {
    let text = fs::read_to_string(files::mark(path)).unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix("count=")?.parse().ok()).unwrap_or(0)
}

fn write_mark(mark: &Path, count: i64) -> io::Result<()> {
    let draft = mark.with_added_extension(format!("{count}.draft"));
    let written = draft_and_rename(&draft, mark, count);
    if written.is_err() {
        // A leftover does no harm.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn draft_and_rename(draft: &Path, mark: &Path, count: i64) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(draft)?;
    writeln!(file, "{EXPLANATION}count={count}")?;
    file.sync_all()?;
    fs::rename(draft, mark)?;
    let folder = mark.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::open;

    fn made(folder: &Path) -> (PathBuf, Connection) {
        let path = folder.join("a.db");
        let mut connection = open::writer(&path).unwrap();
        Place::of(&path).advance(&mut connection).unwrap();
        (path, connection)
    }

    fn refused(path: &Path) {
        assert!(matches!(open::writer(path), Err(OpenError::Behind { .. })));
    }

    #[test]
    fn a_file_behind_its_mark_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut connection) = made(folder.path());
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let older = fs::read(&path).unwrap();
        Place::of(&path).advance(&mut connection).unwrap();
        drop(connection);
        let newest = fs::read(&path).unwrap();
        drop(open::writer(&path).unwrap());
        for lost in [older.as_slice(), b""] {
            fs::write(&path, lost).unwrap();
            refused(&path);
            assert_eq!(fs::read(&path).unwrap(), lost, "it was left as it is");
        }
        fs::remove_file(&path).unwrap();
        refused(&path);
        assert!(!path.exists(), "nothing was made in its place");
        fs::write(&path, newest).unwrap();
        drop(open::writer(&path).unwrap());
    }

    #[test]
    fn a_file_that_lost_its_log_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, connection) = made(folder.path());
        // As on the disk while a server has it open, and after that server was killed.
        let elsewhere = tempfile::tempdir().unwrap();
        for name in ["a.db", "a.db.mark"] {
            fs::copy(folder.path().join(name), elsewhere.path().join(name)).unwrap();
        }
        refused(&elsewhere.path().join("a.db"));
        fs::copy(folder.path().join("a.db-wal"), elsewhere.path().join("a.db-wal")).unwrap();
        drop(open::writer(&elsewhere.path().join("a.db")).unwrap());
        drop((connection, path));
    }

    #[test]
    fn a_removed_or_replaced_file_or_log_is_noticed() {
        for name in ["a.db", "a.db-wal"] {
            let folder = tempfile::tempdir().unwrap();
            let (path, _connection) = made(folder.path());
            let (place, file) = (Place::of(&path), folder.path().join(name));
            assert!(place.is_still_there());
            let bytes = fs::read(&file).unwrap();
            fs::remove_file(&file).unwrap();
            assert!(!place.is_still_there(), "{name} is gone");
            fs::write(&file, bytes).unwrap();
            assert!(!place.is_still_there(), "{name} is another");
        }
    }
}
