//! A store that is only read from: what would go along with a copy of it.

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
use crate::engine::{CollectionSpec, Look, OpenError, StoreError, Stranger, Trust};
use crate::mongodb::MongoDb;
use crate::sqlite::SqliteSource;

/// The number of documents in one step of a copy. Large enough to share the cost of a commit, small enough to fit
/// into memory at the maximum size of a document.
pub(super) const COPY_STEP: u32 = 200;

/// The source of a copy. An embedded one that is [opened](Self::open) alone is held for as long as this lives:
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
    /// Opens an existing store for reading. Copied documents must not have ended by now: by the time of the source,
    /// if several machines have written to it.
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
        let Options { clock, rng, .. } = options;
        let known = specs(collections);
        match location {
            Location::Sqlite(path) => {
                let held = SqliteSource::open(path.clone(), Trust::Newest, clock).await?;
                let name = format!("{:?}", Location::Sqlite(held.path().to_owned()));
                let now = held.now();
                Ok(Self { engine: SourceEngine::Sqlite(held), name, collections: known, now })
            }
            Location::MongoDb(address) => {
                let opened = MongoDb::open_existing(address, &known, clock, rng).await?;
                let name = format!("{location:?}");
                let opened = opened.ok_or_else(|| OpenError::Missing { path: name.clone().into() })?;
                let now = opened.now();
                Ok(Self { engine: SourceEngine::MongoDb(Box::new(opened)), name, collections: known, now })
            }
        }
    }

    /// Opens a store at one moment: reads see that moment, whatever others write meanwhile. An embedded one must
    /// not have lost writes.
    ///
    /// # Errors
    /// Like [`open`](Self::open), without [`OpenError::InUse`].
    pub async fn open_beside(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Self, OpenError> {
        Self::open_at_once(location, collections, options, Trust::Newest).await
    }

    /// The same, whatever the age of the file.
    ///
    /// # Errors
    /// Like [`open_beside`](Self::open_beside).
    pub async fn open_older(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Self, OpenError> {
        Self::open_at_once(location, collections, options, Trust::Any).await
    }

    async fn open_at_once(
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
        trust: Trust,
    ) -> Result<Self, OpenError> {
        let Options { clock, rng, .. } = options;
        let known = specs(collections);
        match location {
            Location::Sqlite(path) => {
                let beside = SqliteSource::open_beside(path.clone(), trust, clock).await?;
                let name = format!("{:?}", Location::Sqlite(beside.path().to_owned()));
                let now = beside.now();
                Ok(Self { engine: SourceEngine::Sqlite(beside), name, collections: known, now })
            }
            Location::MongoDb(address) => {
                let opened = MongoDb::open_existing(address, &known, clock, rng).await?;
                let name = format!("{location:?}");
                let opened = opened.ok_or_else(|| OpenError::Missing { path: name.clone().into() })?;
                let now = opened.now();
                let opened = Box::new(opened.at_one_moment().await?);
                Ok(Self { engine: SourceEngine::MongoDb(opened), name, collections: known, now })
            }
        }
    }

    /// The moment of the reads, by the clock of the source.
    pub fn moment(&self) -> Timestamp {
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
            SourceEngine::MongoDb(engine) => Box::pin(engine.strangers(Look::Documents)).await?,
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
            // A collection that a newer release added: it has no documents.
            return Ok(Vec::new());
        }
        self.engine.page(plan).await
    }
}

/// The last id of a page after which there may be more.
pub(super) fn last_of_more(page: &[Row]) -> Option<String> {
    page.last().filter(|_| page.len() >= COPY_STEP as usize).map(|row| row.document.id.clone())
}

pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
