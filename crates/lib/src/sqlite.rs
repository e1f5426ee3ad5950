//! The embedded engine: SQLite with a write-ahead log, documents as JSON text, one writer and many readers.
//!
//! Nothing outside `store` names it. Another process may read and write the same file at the same time.

mod blocking;
mod clock;
mod failure;
mod files;
mod health;
mod log;
mod open;
mod place;
mod read;
mod readers;
mod schema;
mod snapshot;
mod source;
mod strangers;
mod trial;
mod write;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;

use crate::engine::plan::{Drift, PagePlan, RawDocument, Row, Write, Written};
use crate::engine::{ClockReading, CollectionSpec, OpenError, SearchDepth, StoreError, Stranger};
use blocking::run_blocking;
use clock::FileClock;
use failure::{explain, failed, unavailable};
pub(crate) use files::remove_database;
use place::Place;
use readers::{PageReaders, PointReaders};
pub(crate) use source::SqliteSource;
pub(crate) use trial::can_be_made;
use writer::Writer;

/// An open database.
#[derive(Debug)]
pub(crate) struct Sqlite {
    clock: Arc<FileClock>,
    collections: Arc<[&'static CollectionSpec]>,
    place: Place,
    // Dropped in this order: the writer last, so that it closes the log. It holds the readers too, and releases
    // them first.
    points: Arc<PointReaders>,
    pages: PageReaders,
    writer: Writer,
    integrity: health::IntegrityCheck,
}

impl Sqlite {
    pub(crate) async fn open(
        path: PathBuf,
        collections: &[&'static CollectionSpec],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        Self::open_by(open::writer, path, collections, clock).await
    }

    /// The same for a file that may have lost writes: for code that fills it with other content.
    pub(crate) async fn open_to_fill(
        path: PathBuf,
        collections: &[&'static CollectionSpec],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        Self::open_by(open::writer_unchecked, path, collections, clock).await
    }

    async fn open_by(
        open: fn(&Path) -> Result<rusqlite::Connection, OpenError>,
        path: PathBuf,
        collections: &[&'static CollectionSpec],
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let collections: Arc<[_]> = collections.into();
        run_blocking(move || {
            let mut connection = open(&path)?;
            open::check_integrity_if_small(&path, &connection)?;
            open::refuse_newer(&path, &connection, &collections)?;
            schema::create(&mut connection, &collections)
                .map_err(|error| explain(&path, "creating collections", error))?;
            let drift = schema::drift(&connection, &collections)
                .map_err(|error| explain(&path, "comparing indexes", error))?;
            if !drift.is_none() {
                tracing::warn!(%drift, "the indexes of the database are not those that are declared");
            }
            Place::of(&path)
                .advance(&mut connection)
                .map_err(|error| explain(&path, "raising the commit count", error))?;
            Self::over(connection, &path, collections, clock)
        })
        .await
    }

    /// Creates nothing; `None` if there is no file.
    pub(crate) async fn open_existing(
        path: PathBuf,
        collections: &[&'static CollectionSpec],
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Self>, OpenError> {
        let collections: Arc<[_]> = collections.into();
        run_blocking(move || {
            place::refuse_none(&path)?;
            // A start turns an empty file into a database; until then there is nothing.
            if !std::fs::metadata(&path).is_ok_and(|file| !file.is_file() || file.len() > 0) {
                return Ok(None);
            }
            let connection = open::writer(&path)?;
            Self::over(connection, &path, collections, clock).map(Some)
        })
        .await
    }

    fn over(
        connection: rusqlite::Connection,
        path: &Path,
        collections: Arc<[&'static CollectionSpec]>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let clock =
            FileClock::of(&connection, clock).map_err(|error| explain(path, "reading its clock", error))?;
        let clock = Arc::new(clock);
        let points = Arc::new(PointReaders::open(path, &collections)?);
        let pages = PageReaders::start(path)?;
        let place = Place::of(path);
        let writer =
            Writer::start(connection, Arc::clone(&clock), Arc::clone(&points), pages.gate(), place.clone())
                .map_err(|error| OpenError::Engine { doing: "starting the writer", source: error.into() })?;
        let integrity = health::IntegrityCheck::of(path);
        Ok(Self { clock, collections, place, points, pages, writer, integrity })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as _
    }

    pub(crate) fn clock_reading(&self) -> ClockReading {
        self.clock.reading()
    }

    /// Writes the progress of the clock, if no other process can know it.
    pub(crate) async fn refresh_clock(&self) {
        if self.clock.wants_mark()
            && let Err(error) = self.commit(Vec::new()).await
        {
            // What is read next is as true without it.
            tracing::debug!(%error, "the progress of the store's clock was not written");
        }
    }

    pub(crate) fn get(
        &self,
        collection: &'static CollectionSpec,
        id: &str,
    ) -> Result<Option<RawDocument>, StoreError> {
        self.points.get(collection, id)
    }

    pub(crate) async fn page(&self, plan: PagePlan) -> Result<Vec<Row>, StoreError> {
        self.pages.run(move |connection| read::page(connection, &plan)).await
    }

    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<Written, StoreError> {
        self.writer.run(move |connection, time| write::all(connection, &writes, time)).await
    }

    pub(crate) async fn sweep(
        &self,
        collection: &'static CollectionSpec,
        most: u32,
    ) -> Result<u64, StoreError> {
        self.writer.run(move |connection, time| write::sweep(connection, collection, most, time)).await
    }

    /// Writes these documents with all their metadata, in place of any documents with their ids, and removes those with
    /// the given ids. A repetition changes nothing.
    pub(crate) async fn copy_in(
        &self,
        collection: &'static CollectionSpec,
        put: Vec<RawDocument>,
        remove: Vec<String>,
    ) -> Result<(), StoreError> {
        self.writer.run(move |connection, _| write::copy_in(connection, collection, &put, &remove)).await
    }

    pub(crate) fn index_count(collection: &CollectionSpec) -> usize {
        schema::count(collection)
    }

    pub(crate) async fn has(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        self.pages.run(move |connection| read::has(connection, collection)).await
    }

    pub(crate) async fn size(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        self.pages.run(move |connection| read::size(connection, collection)).await
    }

    /// A read through a reader and an empty transaction through the writer; and a check that the file is still in
    /// its place.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        if !self.place.is_still_there() {
            return Err(unavailable(place::GONE));
        }
        let read = |connection: &mut rusqlite::Connection| {
            let look = connection.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0));
            look.map(drop).map_err(|error| failed("pinging", error))
        };
        self.pages.run(read).await?;
        self.commit(Vec::new()).await.map(drop)
    }

    /// Undeclared content of the file, by name.
    pub(crate) async fn strangers(&self) -> Result<Vec<Stranger>, StoreError> {
        let collections = Arc::clone(&self.collections);
        self.pages.run(move |connection| strangers::find(connection, &collections, SearchDepth::Names)).await
    }

    pub(crate) async fn drift(&self) -> Result<Drift, StoreError> {
        let collections = Arc::clone(&self.collections);
        let look = move |connection: &mut rusqlite::Connection| {
            schema::drift(connection, &collections).map_err(|error| failed("comparing indexes", error))
        };
        self.pages.run(look).await
    }
}

/// Merges a database that nobody has open into one file.
pub(crate) fn merge_log(path: &Path) -> Result<(), OpenError> {
    open::merge_log(path)
}

#[cfg(test)]
mod tests;
