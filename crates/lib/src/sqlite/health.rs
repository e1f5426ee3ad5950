//! Whether the file can do what requests need.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::task::JoinHandle;

use super::blocking::run_blocking;
use super::failure::failed;
use super::writer::sorting_on_disk;
use super::{Sqlite, files, open, schema};
use crate::engine::{OpenError, StoreError};

/// The free space, in bytes, that a check after trouble requires: more than most requests write.
const ROOM: usize = 256 << 10;

/// How long a caller waits for an integrity check. The check continues when nobody waits.
const CHECK_WAIT: Duration = Duration::from_millis(1500);

type CheckResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Reads the whole file in search of damage, which may take long: one check at a time, however many callers ask for
/// one.
#[derive(Debug)]
pub(super) struct IntegrityCheck {
    path: Arc<Path>,
    running: tokio::sync::Mutex<Option<JoinHandle<CheckResult>>>,
}

impl IntegrityCheck {
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.into(), running: tokio::sync::Mutex::new(None) }
    }

    async fn run(&self) -> Result<(), StoreError> {
        let doing = "checking the integrity of the file";
        let mut running = self.running.lock().await;
        let path = Arc::clone(&self.path);
        // A separate connection: others may have cached pages that are damaged on the disk.
        let check = || tokio::task::spawn_blocking(move || open::check_integrity(&open::reader(&path)?));
        let task = running.get_or_insert_with(check);
        let Ok(found) = tokio::time::timeout(CHECK_WAIT, task).await else {
            return Err(StoreError::Damaged {
                doing,
                source: "some of it could not be read; checking the rest".into(),
            });
        };
        *running = None;
        let found = found.unwrap_or_else(|error| Err(error.into()));
        found.map_err(|source| StoreError::Damaged { doing, source })
    }
}

impl Sqlite {
    /// A read through a reader, and a durable write: it raises the commit count of [`place`](super::place).
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        let read = |connection: &mut Connection| {
            let read = connection.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0));
            read.map(drop).map_err(|error| failed("trying a read", error))
        };
        self.pages.run(read).await?;
        let write = |connection: &Connection| -> rusqlite::Result<()> {
            let count: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            connection.pragma_update(None, "user_version", count.saturating_add(1))
        };
        self.writer
            .run(move |connection, _| write(connection).map_err(|error| failed("trying a write", error)))
            .await
    }

    pub(crate) async fn existing_collections(&self) -> Result<BTreeSet<String>, StoreError> {
        let read = |connection: &mut Connection| {
            schema::tables(connection).map_err(|error| failed("listing the collections", error))
        };
        self.pages.run(read).await
    }

    pub(crate) async fn recreate_schema(&self) -> Result<(), StoreError> {
        let collections = Arc::clone(&self.collections);
        let recreate = move |connection: &Connection, _| {
            sorting_on_disk(connection, || schema::make(connection, &collections))
                .map_err(|error| failed("recreating collections and indexes", error))
        };
        self.writer.run(recreate).await
    }

    pub(crate) async fn refuse_newer(&self) -> Result<(), StoreError> {
        let collections = Arc::clone(&self.collections);
        let read = move |connection: &mut Connection| {
            for spec in collections.iter().filter(|spec| !spec.ephemeral) {
                let newer = schema::newer(connection, spec);
                if let Some(found) = newer.map_err(|error| failed("reading schema versions", error))? {
                    let (collection, known) = (spec.name, spec.schema_version);
                    return Err(StoreError::NewerSchema { collection, id: "…".to_owned(), found, known });
                }
            }
            Ok(())
        };
        self.pages.run(read).await
    }

    /// The checks of opening, and whether the database can grow.
    pub(crate) async fn try_all(&self) -> Result<(), OpenError> {
        let (path, collections) = (Arc::clone(&self.integrity.path), Arc::clone(&self.collections));
        run_blocking(move || {
            let connection = open::reader(&path)?;
            open::check_integrity_if_small(&path, &connection)?;
            open::refuse_newer(&path, &connection, &collections)
        })
        .await?;
        let path = self.integrity.path.to_path_buf();
        self.find_room().await.map_err(|error| OpenError::NotWritable { path, source: error.into() })
    }

    /// Whether the database can grow: within the limits of the file, and on its disk.
    pub(crate) async fn find_room(&self) -> Result<(), StoreError> {
        let grow = |connection: &Connection, _| {
            let grown = connection.execute_batch(&format!(
                "SAVEPOINT room; CREATE TABLE \"palisade room\" (filler BLOB);
                 INSERT INTO \"palisade room\" VALUES (zeroblob({ROOM})); ROLLBACK TO room; RELEASE room;"
            ));
            grown.map_err(|error| failed("trying to grow the file", error))
        };
        self.writer.run(grow).await?;
        let path = files::trial(&self.integrity.path);
        let tried = tokio::task::spawn_blocking(move || write_and_remove(&path)).await;
        let tried = tried.unwrap_or_else(|error| Err(io::Error::other(error)));
        tried.map_err(|error| StoreError::Unavailable {
            doing: "trying to grow on the disk",
            source: Some(error.into()),
        })
    }

    pub(crate) async fn check_integrity(&self) -> Result<(), StoreError> {
        self.integrity.run().await
    }
}

fn write_and_remove(path: &Path) -> io::Result<()> {
    let written = (|| {
        let mut file = fs::File::create(path)?;
        file.write_all(&vec![0; ROOM])?;
        file.sync_all()
    })();
    // The file may not exist: then there is nothing to remove.
    let _ = fs::remove_file(path);
    written
}
