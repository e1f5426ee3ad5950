//! A file that is only read: locked, so that nobody else can open it, or from a snapshot.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;
use rusqlite::Connection;

use super::blocking::run_blocking;
use super::clock::FileClock;
use super::failure::explain;
use super::readers::PageReaders;
use super::{open, read, strangers};
use crate::engine::plan::{PagePlan, Row};
use crate::engine::{CollectionSpec, OpenError, SearchDepth, StoreError, Stranger, Trust};

/// An open file. Dropping it releases the lock or the snapshot.
#[derive(Debug)]
pub(crate) struct SqliteSource {
    pages: PageReaders,
    /// The canonical path, whatever name it was opened by.
    path: PathBuf,
    now: Timestamp,
}

impl SqliteSource {
    /// Locks an existing file and releases it: fails if another process has it open.
    pub(crate) async fn try_lock(path: PathBuf) -> Result<(), OpenError> {
        run_blocking(move || open::exclusive(&path, Trust::Any).map(drop)).await
    }

    /// Opens an existing file that nobody else has open, and locks it.
    pub(crate) async fn open(path: PathBuf, trust: Trust, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        run_blocking(move || Self::over(open::exclusive(&path, trust)?, path, clock)).await
    }

    /// Opens a snapshot of an existing file: others may go on writing to it.
    pub(crate) async fn open_snapshot(
        path: PathBuf,
        trust: Trust,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        run_blocking(move || Self::over(open::snapshot(&path, trust)?, path, clock)).await
    }

    fn over(connection: Connection, path: PathBuf, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let now = FileClock::of(&connection, clock)
            .map_err(|error| explain(&path, "reading its clock", error))?
            .now();
        let pages = PageReaders::over(vec![connection])?;
        let path = path.canonicalize().unwrap_or(path);
        Ok(Self { pages, path, now })
    }

    /// The time of its clock when it was opened.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn page(&self, plan: PagePlan) -> Result<Vec<Row>, StoreError> {
        self.pages.run(move |connection| read::page(connection, &plan)).await
    }

    /// Undeclared content of the file, which a copy leaves behind. Also checks documents.
    pub(crate) async fn strangers(
        &self,
        collections: Vec<&'static CollectionSpec>,
    ) -> Result<Vec<Stranger>, StoreError> {
        self.pages
            .run(move |connection| strangers::find(connection, &collections, SearchDepth::Documents))
            .await
    }

    pub(crate) async fn has(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        self.pages.run(move |connection| read::has(connection, collection)).await
    }

    pub(crate) async fn size(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        self.pages.run(move |connection| read::size(connection, collection)).await
    }
}
