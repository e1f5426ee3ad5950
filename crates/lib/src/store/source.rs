//! A store that is only read from: the source of copies and backups.

use palisade_core::config::MongoUrl;
use palisade_core::identity::Console;
use palisade_core::system::time::Timestamp;
use palisade_core::values::KeyValue;

use super::decode::decode;
use super::document::{Document, Stored};
use super::engine::SourceEngine;
use super::handle::{CollectionDef, Options, specs};
use super::location::Location;
use super::specified::Specified as _;
use super::upkeep::walk_plan;
use crate::engine::plan::{PagePlan, Row};
use crate::engine::{CollectionSpec, OpenError, SearchDepth, StoreError, Stranger, Trust};
use crate::mongodb::MongoDb;
use crate::sqlite::SqliteSource;

/// The number of documents in one step of a copy. Large enough to share the cost of a commit, small enough to fit
/// into memory at the maximum size of a document.
pub(super) const COPY_STEP: u32 = 200;

/// The source of a copy. An embedded one that was opened with [`open`](Self::open) is locked for as long as this lives:
/// nobody else can open it.
#[derive(Debug)]
pub struct Source {
    engine: SourceEngine,
    name: String,
    collections: Vec<&'static CollectionSpec>,
    /// Documents that have ended by then are skipped. One time for the whole copy, or its end would not match its
    /// beginning.
    now: Timestamp,
}

impl Source {
    /// Opens an existing store for reading. A copy leaves out the documents that have ended by now, by the clock of the
    /// source.
    ///
    /// # Errors
    /// [`OpenError::Missing`], [`OpenError::InUse`], and other problems of the location.
    pub async fn open(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Self, OpenError> {
        CollectionSpec::check_all(&specs(collections)).map_err(OpenError::Declaration)?;
        match location {
            Location::Sqlite(path) => {
                let opened = SqliteSource::open(path.clone(), Trust::Newest, options.clock).await?;
                Ok(Self::over_sqlite(opened, collections))
            }
            Location::MongoDb(address) => {
                let opened = open_mongodb(address, collections, options).await?;
                Ok(Self::over_mongodb(opened, location, collections))
            }
        }
    }

    /// Opens a snapshot of a store: reads see the same state, whatever others write meanwhile. An embedded one must not
    /// have lost writes.
    ///
    /// # Errors
    /// Like [`open`](Self::open), without [`OpenError::InUse`].
    pub async fn open_snapshot(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Self, OpenError> {
        Self::open_snapshot_of(location, collections, options, Trust::Newest).await
    }

    /// The same for a backup: no check whether an embedded one has lost writes.
    ///
    /// # Errors
    /// Like [`open_snapshot`](Self::open_snapshot).
    pub async fn open_backup(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Self, OpenError> {
        Self::open_snapshot_of(location, collections, options, Trust::Any).await
    }

    async fn open_snapshot_of(
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
        trust: Trust,
    ) -> Result<Self, OpenError> {
        match location {
            Location::Sqlite(path) => {
                let opened = SqliteSource::open_snapshot(path.clone(), trust, options.clock).await?;
                Ok(Self::over_sqlite(opened, collections))
            }
            Location::MongoDb(address) => {
                let opened = open_mongodb(address, collections, options).await?.with_snapshot().await?;
                Ok(Self::over_mongodb(opened, location, collections))
            }
        }
    }

    fn over_sqlite(opened: SqliteSource, collections: &[&'static CollectionDef]) -> Self {
        let name = format!("{:?}", Location::Sqlite(opened.path().to_owned()));
        let now = opened.now();
        Self { engine: SourceEngine::Sqlite(opened), name, collections: specs(collections), now }
    }

    fn over_mongodb(opened: MongoDb, location: &Location, collections: &[&'static CollectionDef]) -> Self {
        let (name, now) = (format!("{location:?}"), opened.now());
        Self { engine: SourceEngine::MongoDb(Box::new(opened)), name, collections: specs(collections), now }
    }

    /// The time at which the source was opened, by its own clock.
    pub fn read_at(&self) -> Timestamp {
        self.now
    }

    /// All documents of a type that would be copied: for a collection that is known to be small.
    ///
    /// # Errors
    /// Like [`Collection::get`](super::Collection::get).
    pub async fn all<T: Document>(&self) -> Result<Vec<Stored<T>>, StoreError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(T::SPEC, after.as_deref(), COPY_STEP).await?;
            after = last_of_more(&page);
            for row in page {
                all.push(decode(row.document)?);
            }
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// The number of documents of a collection that would be copied.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn count(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        let (mut counted, mut after) = (0, None);
        loop {
            let page = self.page(collection, after.as_deref(), COPY_STEP).await?;
            counted += count(page.len());
            after = last_of_more(&page);
            if after.is_none() {
                return Ok(counted);
            }
        }
    }

    /// Its location, in one spelling for all names: the full path of a file, or the servers and the name of a
    /// database, without credentials.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Content of the source that belongs to no collection, and would be left behind. Checks every document.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn strangers(&self) -> Result<Vec<Stranger>, StoreError> {
        let mut found = match &self.engine {
            SourceEngine::Sqlite(engine) => engine.strangers(self.collections.clone()).await?,
            SourceEngine::MongoDb(engine) => Box::pin(engine.strangers(SearchDepth::Documents)).await?,
        };
        found.sort();
        Ok(found)
    }

    /// The document with this id, if it would be copied.
    ///
    /// # Errors
    /// Like [`Collection::get`](super::Collection::get).
    pub async fn get<T: Document>(&self, id: &T::Id) -> Result<Option<Stored<T>>, StoreError> {
        let id = id.to_string();
        let mut plan = walk_plan(T::SPEC, None, 1, self.now);
        plan.query.raise(KeyValue::Text(id.clone()));
        let found = self.planned(plan).await?.into_iter().next();
        found.filter(|row| row.document.id == id).map(|row| decode(row.document)).transpose()
    }

    /// The approximate number of documents of a collection.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn size(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        if self.engine.has(collection).await? { self.engine.size(collection).await } else { Ok(0) }
    }

    /// Whether a collection has no document that would be copied.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn is_empty(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        Ok(self.page(collection, None, 1).await?.is_empty())
    }

    pub(super) async fn page(
        &self,
        collection: &'static CollectionSpec,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Row>, StoreError> {
        self.planned(walk_plan(collection, after, limit, self.now)).await
    }

    async fn planned(&self, plan: PagePlan) -> Result<Vec<Row>, StoreError> {
        if !self.engine.has(plan.collection).await? {
            // The release that wrote the source did not have this collection yet.
            return Ok(Vec::new());
        }
        self.engine.page(plan).await
    }
}

async fn open_mongodb(
    address: &MongoUrl,
    collections: &[&'static CollectionDef],
    options: Options,
) -> Result<MongoDb, OpenError> {
    let Options { clock, rng, .. } = options;
    let opened = MongoDb::open_existing(address, &specs(collections), clock, rng).await?;
    opened.ok_or_else(|| OpenError::Missing { path: address.name().into() })
}

/// The last id of a page after which there may be more.
pub(super) fn last_of_more(page: &[Row]) -> Option<String> {
    page.last().filter(|_| page.len() >= COPY_STEP as usize).map(|row| row.document.id.clone())
}

pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
