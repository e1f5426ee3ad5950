//! Opening the file: its permissions, its owner, and the durability of a commit.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::failure::{explain, not_writable};
use super::{place, schema};
use crate::engine::{CollectionSpec, OpenError, Trust};

/// `PLSD`: marks the file as ours, so that we never write into another program's database.
const APPLICATION_ID: i64 = 0x504C_5344;

/// How long the writer waits for another process's commit.
const WRITER_WAIT: Duration = Duration::from_secs(5);

/// Readers wait for nobody in WAL mode, except for the moment after a crash in which one of them recovers the log.
const READER_WAIT: Duration = Duration::from_millis(250);

/// Opens the writing connection, and creates a missing file (mode 0600) and folder (0700); but not in the place of
/// a lost file, and not on one that has lost writes.
pub(super) fn writer(path: &Path) -> Result<Connection, OpenError> {
    place::refuse_none(path)?;
    let connection = writer_unchecked(path)?;
    place::refuse_older(path, &connection)?;
    Ok(connection)
}

/// The same without a check for lost writes: for code that fills the file with other content.
pub(super) fn writer_unchecked(path: &Path) -> Result<Connection, OpenError> {
    make_file(path).map_err(|source| not_writable(path, source))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection =
        Connection::open_with_flags(path, flags).map_err(|error| explain(path, "opening it", error))?;
    let step = |doing| move |error| explain(path, doing, error);
    connection.busy_timeout(WRITER_WAIT).map_err(step("setting the timeout"))?;
    claim(path, &mut connection)?;
    if !enable_wal(&connection).map_err(step("enabling the write-ahead log"))? {
        return Err(OpenError::NoWal { path: path.to_owned() });
    }
    // FULL: a commit is answered after its fsync, so an acknowledged write survives a power cut. A log that had to grow
    // is cut to twice the length at which a checkpoint runs.
    connection
        .execute_batch(
            "PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA cache_size = -16384;
             PRAGMA journal_size_limit = 33554432;",
        )
        .map_err(step("setting it up"))?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

/// Whether the file has a write-ahead log now. If two processes open a new file at once, the change of mode meets
/// the other's lock, and SQLite answers "busy" at once instead of waiting: so this function waits.
fn enable_wal(connection: &Connection) -> rusqlite::Result<bool> {
    const PAUSE: Duration = Duration::from_millis(10);
    let mut waited = Duration::ZERO;
    loop {
        match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)) {
            Ok(mode) => return Ok(mode.eq_ignore_ascii_case("wal")),
            Err(error)
                if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) || waited >= WRITER_WAIT =>
            {
                return Err(error);
            }
            Err(_) => std::thread::sleep(PAUSE),
        }
        waited = waited.saturating_add(PAUSE);
    }
}

/// Opens a connection that can only read. No memory map: an input/output error would be a signal, not an error.
pub(super) fn reader(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| explain(path, "opening a reader", error))?;
    connection.busy_timeout(READER_WAIT).map_err(|error| explain(path, "setting the timeout", error))?;
    connection
        .execute_batch(
            "PRAGMA query_only = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA cache_size = -8192;",
        )
        .map_err(|error| explain(path, "setting a reader up", error))?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Opens an existing file for this connection alone: it fails if another process has it open already, and a later
/// process finds it locked. The lock is the system's, so it ends with the process.
pub(super) fn exclusive(path: &Path, trust: Trust) -> Result<Connection, OpenError> {
    if trust == Trust::Newest {
        place::refuse_none(path)?;
    }
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| explain(path, "opening it", error))?;
    let step = |error| match explain(path, "locking it", error) {
        OpenError::Locked { path } => OpenError::InUse { path },
        other => other,
    };
    connection.busy_timeout(READER_WAIT).map_err(step)?;
    // Before the first read of the file: SQLite then takes the exclusive lock with that read and keeps it. A
    // server's connections, each of which holds a shared lock for as long as it is open, are therefore detected.
    connection
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; BEGIN EXCLUSIVE; COMMIT;",
        )
        .map_err(step)?;
    let ours = connection.query_row("PRAGMA application_id", [], |row| row.get::<_, i64>(0)).map_err(step)?;
    if ours != APPLICATION_ID {
        return Err(OpenError::NotOurs { path: path.to_owned() });
    }
    if trust == Trust::Newest {
        place::refuse_older(path, &connection)?;
    }
    connection.execute_batch("PRAGMA query_only = ON").map_err(step)?;
    Ok(connection)
}

/// Opens a connection that reads one snapshot for as long as it lives. A file that may not be written, as backups often
/// are, can be read all the same.
pub(super) fn snapshot(path: &Path, trust: Trust) -> Result<Connection, OpenError> {
    if trust == Trust::Newest {
        place::refuse_none(path)?;
    }
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let step = |error| explain(path, "opening it", error);
    let connection = Connection::open_with_flags(path, flags).map_err(step)?;
    connection.busy_timeout(WRITER_WAIT).map_err(step)?;
    let ours = connection.query_row("PRAGMA application_id", [], |row| row.get::<_, i64>(0)).map_err(step)?;
    if ours != APPLICATION_ID {
        return Err(OpenError::NotOurs { path: path.to_owned() });
    }
    if trust == Trust::Newest {
        place::refuse_older(path, &connection)?;
    }
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; BEGIN").map_err(step)?;
    // The snapshot is taken by the first read.
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(step)?;
    Ok(connection)
}

/// Merges a database that nobody has open into one file: without a log, and without the mode that would create one.
pub(super) fn merge_log(path: &Path) -> Result<(), OpenError> {
    let step = |error| explain(path, "merging the log into it", error);
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(step)?;
    let mode = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0));
    if mode.map_err(step)?.eq_ignore_ascii_case("delete") {
        return Ok(());
    }
    Err(OpenError::Engine { doing: "merging the log into it", source: "it still has a log".into() })
}

fn make_file(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if path.exists() {
        // Not opened: a process that closes a file releases every lock that it holds on it.
        return Ok(());
    }
    // SQLite gives the log and the shared memory the same mode.
    fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    // The name of the file must be on the disk, too.
    fs::File::open(folder)?.sync_all()
}

/// An empty file becomes ours; any other must already be ours. Under the write lock, because two processes may open
/// a new file at once.
fn claim(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let step = |error| explain(path, "reading its owner", error);
    let locked = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(step)?;
    let number = |sql| locked.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(step);
    match number("PRAGMA application_id")? {
        APPLICATION_ID => Ok(()),
        0 if number("SELECT count(*) FROM sqlite_schema")? == 0 => {
            locked.pragma_update(None, "application_id", APPLICATION_ID).map_err(step)?;
            locked.commit().map_err(step)
        }
        _ => Err(OpenError::NotOurs { path: path.to_owned() }),
    }
}

/// Reads all of a small file in search of damage, before anything depends on it. A large one would delay the start.
pub(super) fn check_integrity_if_small(path: &Path, connection: &Connection) -> Result<(), OpenError> {
    const SMALL: u64 = 32 << 20;
    if fs::metadata(path).is_ok_and(|file| file.len() > SMALL) {
        return Ok(());
    }
    check_integrity(connection).map_err(|source| OpenError::Damaged { source })
}

/// Reads all of a database in search of damage, and returns the first finding.
pub(super) fn check_integrity(
    connection: &Connection,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))? {
        finding if finding == "ok" => Ok(()),
        finding => Err(finding.into()),
    }
}

/// No newer program has written a document.
pub(super) fn refuse_newer(
    path: &Path,
    connection: &Connection,
    collections: &[&'static CollectionSpec],
) -> Result<(), OpenError> {
    let step = |error| explain(path, "reading schema versions", error);
    let there = schema::tables(connection).map_err(step)?;
    for spec in collections.iter().filter(|spec| !spec.ephemeral && there.contains(spec.name)) {
        if let Some(found) = schema::newer(connection, spec).map_err(step)? {
            return Err(OpenError::NewerSchema { collection: spec.name, found, known: spec.schema_version });
        }
    }
    Ok(())
}
