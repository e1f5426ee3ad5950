//! Whether the file can do what requests need.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::task::JoinHandle;

use super::away::away;
use super::failure::failed;
use super::{Sqlite, open, schema};
use crate::engine::{OpenError, StoreError};

/// The room that is required after trouble: more than most requests write.
const ROOM: usize = 256 << 10;

/// How long to wait for the reading of the whole file. It continues when nobody waits.
const LOOK: Duration = Duration::from_millis(1500);

type Looked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The reading of the whole file, which may take long: one at a time, however often it is requested.
#[derive(Debug)]
pub(super) struct LookingThrough {
    path: Arc<Path>,
    under_way: tokio::sync::Mutex<Option<JoinHandle<Looked>>>,
}

impl LookingThrough {
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.into(), under_way: tokio::sync::Mutex::new(None) }
    }

    async fn done(&self) -> Result<(), StoreError> {
        let doing = "reading all of it";
        let mut under_way = self.under_way.lock().await;
        let path = Arc::clone(&self.path);
        // A separate connection: other connections may have better data in memory than on the disk.
        let look = || tokio::task::spawn_blocking(move || open::look_through(&open::reader(&path)?));
        let task = under_way.get_or_insert_with(look);
        let Ok(looked) = tokio::time::timeout(LOOK, task).await else {
            return Err(StoreError::Damaged {
                doing,
                source: "some of it could not be read; checking the rest".into(),
            });
        };
        *under_way = None;
        let looked = looked.unwrap_or_else(|error| Err(error.into()));
        looked.map_err(|source| StoreError::Damaged { doing, source })
    }
}

impl Sqlite {
    /// A read through a reader; and a write of the first page: the file has advanced, as [`place`](super::place)
    /// counts it.
    pub(crate) async fn beat(&self) -> Result<(), StoreError> {
        let read = |connection: &mut Connection| {
            let look = connection.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0));
            look.map(drop).map_err(|error| failed("trying a read", error))
        };
        self.pages.run(read).await?;
        let beat = |connection: &Connection| -> rusqlite::Result<()> {
            let beats: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            connection.pragma_update(None, "user_version", beats.saturating_add(1))
        };
        self.writer
            .run(move |connection, _| beat(connection).map_err(|error| failed("trying a write", error)))
            .await
    }

    pub(crate) async fn collections_there(&self) -> Result<BTreeSet<String>, StoreError> {
        let look = |connection: &mut Connection| {
            schema::tables(connection).map_err(|error| failed("looking what is there", error))
        };
        self.pages.run(look).await
    }

    pub(crate) async fn mend(&self) -> Result<(), StoreError> {
        let collections = Arc::clone(&self.collections);
        let mend = move |connection: &Connection, _| {
            schema::make(connection, &collections)
                .map_err(|error| failed("making collections and indexes again", error))
        };
        self.writer.run(mend).await
    }

    pub(crate) async fn refuse_newer(&self) -> Result<(), StoreError> {
        let collections = Arc::clone(&self.collections);
        let look = move |connection: &mut Connection| {
            for spec in collections.iter().filter(|spec| !spec.ephemeral) {
                let newer = schema::newer(connection, spec);
                if let Some(found) = newer.map_err(|error| failed("looking at schema versions", error))? {
                    let (collection, known) = (spec.name, spec.schema_version);
                    return Err(StoreError::NewerSchema { collection, id: "…".to_owned(), found, known });
                }
            }
            Ok(())
        };
        self.pages.run(look).await
    }

    /// The checks of opening, and whether the database could grow.
    pub(crate) async fn try_all(&self) -> Result<(), OpenError> {
        let (path, collections) = (Arc::clone(&self.looking.path), Arc::clone(&self.collections));
        away(move || {
            let connection = open::reader(&path)?;
            open::look_through_small(&path, &connection)?;
            open::refuse_newer(&path, &connection, &collections)
        })
        .await?;
        let path = self.looking.path.to_path_buf();
        self.find_room().await.map_err(|error| OpenError::NotWritable { path, source: error.into() })
    }

    /// Whether the database could grow: in the file, and on its disk.
    pub(crate) async fn find_room(&self) -> Result<(), StoreError> {
        let grow = |connection: &Connection, _| {
            let grown = connection.execute_batch(&format!(
                "SAVEPOINT room; CREATE TABLE \"palisade room\" (filler BLOB);
                 INSERT INTO \"palisade room\" VALUES (zeroblob({ROOM})); ROLLBACK TO room; RELEASE room;"
            ));
            grown.map_err(|error| failed("looking for room in the file", error))
        };
        self.writer.run(grow).await?;
        let path = beside(&self.looking.path);
        let tried = tokio::task::spawn_blocking(move || write_and_remove(&path)).await;
        let tried = tried.unwrap_or_else(|error| Err(io::Error::other(error)));
        tried.map_err(|error| StoreError::Unavailable {
            doing: "looking for room on the disk",
            source: Some(error.into()),
        })
    }

    pub(crate) async fn look_through(&self) -> Result<(), StoreError> {
        self.looking.done().await
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-room");
    name.into()
}

fn write_and_remove(path: &Path) -> io::Result<()> {
    let written = (|| {
        let mut file = fs::File::create(path)?;
        file.write_all(&vec![0; ROOM])?;
        file.sync_all()
    })();
    // Nothing to remove is just as good.
    let _ = fs::remove_file(path);
    written
}
