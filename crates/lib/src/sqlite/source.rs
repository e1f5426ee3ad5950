//! A file that is read while it does not change: nobody else can open it, or it is read at one moment.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;

use super::away::away;
use super::clock::FileClock;
use super::failure::explain;
use super::readers::PageReaders;
use super::{open, read, strangers};
use crate::engine::plan::{PagePlan, Row};
use crate::engine::{CollectionSpec, Look, OpenError, StoreError, Stranger, Trust};

/// A held database. Dropping it releases it.
#[derive(Debug)]
pub(crate) struct SqliteSource {
    pages: PageReaders,
    /// The file, under any name.
    path: PathBuf,
    now: Timestamp,
}

impl SqliteSource {
    /// Locks an existing file and releases it: whether another process has it.
    pub(crate) async fn try_hold(path: PathBuf) -> Result<(), OpenError> {
        away(move || open::alone(&path, Trust::Any).map(drop)).await
    }

    /// Locks an existing file.
    pub(crate) async fn open(path: PathBuf, trust: Trust, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        away(move || Self::open_now(&path, trust, clock)).await
    }

    fn open_now(path: &Path, trust: Trust, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let connection = open::alone(path, trust)?;
        let now = FileClock::of(&connection, clock)
            .map_err(|error| explain(path, "looking how far its clock has come", error))?
            .now();
        let pages = PageReaders::over(vec![connection])?;
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Ok(Self { pages, path, now })
    }

    /// The time of its clock when it was opened.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Reads a file at one moment while others write to it.
    pub(crate) async fn open_beside(
        path: PathBuf,
        trust: Trust,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        away(move || {
            let connection = open::at_one_moment(&path, trust)?;
            let now = FileClock::of(&connection, clock)
                .map_err(|error| explain(&path, "looking how far its clock has come", error))?
                .now();
            let pages = PageReaders::over(vec![connection])?;
            let path = path.canonicalize().unwrap_or(path);
            Ok(Self { pages, path, now })
        })
        .await
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn page(&self, plan: PagePlan) -> Result<Vec<Row>, StoreError> {
        self.pages.run(move |connection| read::page(connection, &plan)).await
    }

    /// The content of the file that would be left behind.
    pub(crate) async fn strangers(
        &self,
        collections: Vec<&'static CollectionSpec>,
    ) -> Result<Vec<Stranger>, StoreError> {
        self.pages.run(move |connection| strangers::find(connection, &collections, Look::Documents)).await
    }

    pub(crate) async fn has(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        self.pages.run(move |connection| read::has(connection, collection)).await
    }

    pub(crate) async fn size(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        self.pages.run(move |connection| read::size(connection, collection)).await
    }
}
