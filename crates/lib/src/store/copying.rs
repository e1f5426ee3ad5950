//! Copying a whole store into another, of whatever engine, document by document: everything the store knows of each goes
//! with it, so that revisions, cursors and claims go on to mean what they meant.
//!
//! A copy is a walk along both sides at once that makes the target equal to the source. Beginning and going on are
//! therefore the same walk, and looking whether the copy is right is that walk without the writes.
//!
//! Deleted documents are copied: they can be restored, and they hold their ids. Those that have ended are not: no read
//! finds them, and the next sweep would remove them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};
use mongodb::bson::RawBsonRef;
use palisade_core::identity::Console;
use palisade_core::system::time::Timestamp;
use palisade_core::values::KeyValue;
use serde_json::Value;

use super::collection::decode;
use super::definition::Declared as _;
use super::document::{Document, Stored};
use super::engine::SourceEngine;
use super::location::Location;
use super::upkeep::walk_plan;
use super::{CollectionDef, Options, Store, specs};
use crate::engine::plan::{Body, PagePlan, RawDocument, Row};
use crate::engine::{Cause, CollectionSpec, Look, OpenError, StoreError, Stranger, Trust};
use crate::mongodb::{MongoDb, json};
use crate::sqlite::SqliteSource;

/// Documents in one step of a copy. Large enough to share the cost of a commit, small enough to fit into memory at the
/// largest size of a document.
const COPY_STEP: u32 = 200;

/// A store that is copied from. An embedded one that is [opened](Self::open) alone is held for as long as this lives:
/// nobody else can open it.
#[derive(Debug)]
pub struct Source {
    engine: SourceEngine,
    name: String,
    collections: Vec<&'static CollectionSpec>,
    /// What has ended by then is left behind. One moment for the whole copy, or its end would not fit its beginning.
    now: Timestamp,
}

/// What one step of a copy did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirrored {
    /// Where the next step begins; `None` at the end.
    pub next: Option<String>,
    /// How many documents of the source were looked at.
    pub examined: u64,
    /// How many of them were written to the target.
    pub written: u64,
    /// How many were removed from the target, because the source does not have them.
    pub removed: u64,
}

/// What one step of a comparison saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Where the next step begins; `None` at the end.
    pub next: Option<String>,
    /// How many documents of the source were looked at.
    pub examined: u64,
    /// The ids of documents that are not the same on both sides, or only on one.
    pub different: Vec<String>,
    /// The checksums of the documents looked at, in the order of their ids.
    pub(crate) checksums: Vec<[u8; 32]>,
}

/// A checksum over many documents, in the order in which they are added.
#[derive(Clone)]
pub struct Checksum(Context);

impl std::fmt::Debug for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Checksum(…)")
    }
}

impl Default for Checksum {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Checksum {
    /// Takes in what a comparison saw.
    pub fn add(&mut self, compared: &Compared) {
        for checksum in &compared.checksums {
            self.0.update(checksum);
        }
    }

    /// The sum, in hex.
    pub fn to_hex(self) -> String {
        self.0.finish().as_ref().iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The same stretch of ids on both sides.
struct Stretch {
    source: Vec<RawDocument>,
    target: BTreeMap<String, RawDocument>,
    next: Option<String>,
}

impl Source {
    /// Opens a store that is there, for reading. What is to go along must not have ended by now: by the time of the
    /// source, where several machines have written to it.
    ///
    /// # Errors
    /// [`OpenError::Missing`], [`OpenError::InUse`], and what else is wrong with the place.
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
                let opened = MongoDb::open_as_it_is(address, &known, clock, rng).await?;
                let name = format!("{location:?}");
                let opened = opened.ok_or_else(|| OpenError::Missing { path: name.clone().into() })?;
                let now = opened.now();
                Ok(Self { engine: SourceEngine::MongoDb(Box::new(opened)), name, collections: known, now })
            }
        }
    }

    /// Opens a store at one moment of its: what is read is what was there then, whoever writes meanwhile. An embedded one
    /// must not have lost writes.
    ///
    /// # Errors
    /// As [`open`](Self::open), without [`OpenError::InUse`].
    pub async fn open_beside(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Self, OpenError> {
        Self::open_at_once(location, collections, options, Trust::Newest).await
    }

    /// The same, of whatever age the file is.
    ///
    /// # Errors
    /// As [`open_beside`](Self::open_beside).
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
                let opened = MongoDb::open_as_it_is(address, &known, clock, rng).await?;
                let name = format!("{location:?}");
                let opened = opened.ok_or_else(|| OpenError::Missing { path: name.clone().into() })?;
                let now = opened.now();
                let opened = Box::new(opened.at_one_moment().await?);
                Ok(Self { engine: SourceEngine::MongoDb(opened), name, collections: known, now })
            }
        }
    }

    /// The moment of what is read, by the clock of the source.
    pub fn moment(&self) -> Timestamp {
        self.now
    }

    /// All documents of a type that would be copied: for a collection that is known to be small.
    ///
    /// # Errors
    /// As [`Collection::get`](super::Collection::get).
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

    /// How many documents of a collection would be copied.
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

    /// Where it is, alike whatever it was called by: a file by its whole path, a database by its servers and its name,
    /// without credentials.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is in the source and goes along with no collection: it would be left behind. Looks at every document.
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
    /// As [`Collection::get`](super::Collection::get).
    pub async fn get<T: Document>(&self, id: &T::Id) -> Result<Option<Stored<T>>, StoreError> {
        let id = id.to_string();
        let mut plan = walk_plan(T::SPEC, None, 1, self.now);
        plan.query.raise(KeyValue::Text(id.clone()));
        let found = self.planned(plan).await?.into_iter().next();
        found.filter(|row| row.document.id == id).map(|row| decode(row.document)).transpose()
    }

    /// About how many documents a collection has.
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

    /// Makes the target what the source is, for the next stretch of ids behind this one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn mirror(
        &self,
        target: &Store,
        collection: &'static CollectionDef,
        after: Option<&str>,
    ) -> Result<Mirrored, StoreError> {
        let Stretch { source, target: mut there, next } = self.stretch(target, collection, after).await?;
        let examined = count(source.len());
        let mut put = Vec::new();
        for document in source {
            let same = match there.remove(&document.id) {
                Some(copy) => checksum(collection, &copy)? == checksum(collection, &document)?,
                None => false,
            };
            if !same {
                put.push(document);
            }
        }
        let remove: Vec<String> = there.into_keys().collect();
        let mirrored = Mirrored { next, examined, written: count(put.len()), removed: count(remove.len()) };
        if !put.is_empty() || !remove.is_empty() {
            target.inner.engine.copy_in(collection, put, remove).await?;
        }
        Ok(mirrored)
    }

    /// Looks whether the target is what the source is, for the next stretch of ids behind this one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn compare(
        &self,
        target: &Store,
        collection: &'static CollectionDef,
        after: Option<&str>,
    ) -> Result<Compared, StoreError> {
        let Stretch { source, target: mut there, next } = self.stretch(target, collection, after).await?;
        let mut compared =
            Compared { next, examined: count(source.len()), different: Vec::new(), checksums: Vec::new() };
        let now = target.now();
        for document in source {
            let ours = checksum(collection, &document)?;
            compared.checksums.push(ours);
            let same = match there.remove(&document.id) {
                Some(copy) => checksum(collection, &copy)? == ours,
                // What has ended since may have been swept there already.
                None => document.meta.expires_at.is_some_and(|end| end <= now),
            };
            if !same {
                compared.different.push(document.id);
            }
        }
        compared.different.extend(there.into_keys());
        Ok(compared)
    }

    async fn page(
        &self,
        collection: &'static CollectionSpec,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Row>, StoreError> {
        self.planned(walk_plan(collection, after, limit, self.now)).await
    }

    async fn planned(&self, plan: PagePlan) -> Result<Vec<Row>, StoreError> {
        if !self.engine.has(plan.collection).await? {
            // A collection that a newer release added: there is nothing of it.
            return Ok(Vec::new());
        }
        self.engine.page(plan).await
    }

    async fn stretch(
        &self,
        target: &Store,
        collection: &'static CollectionDef,
        after: Option<&str>,
    ) -> Result<Stretch, StoreError> {
        let source = self.page(collection, after, COPY_STEP).await?;
        let there = target.walk(collection, after, COPY_STEP).await?;
        // As far as both sides were read.
        let next = [last_of_more(&source), last_of_more(&there)].into_iter().flatten().min();
        let within = |row: &Row| next.as_deref().is_none_or(|end| row.document.id.as_str() <= end);
        let (form, rng) = (target.inner.engine.form(), target.inner.rng.as_ref());
        let source =
            source.into_iter().filter(&within).map(|row| (collection.translate)(row.document, form, rng));
        let source = source.collect::<Result<_, _>>()?;
        let target = there.into_iter().filter(&within).map(|row| (row.document.id.clone(), row.document));
        Ok(Stretch { source, target: target.collect(), next })
    }
}

/// The last id of a page behind which there may be more.
fn last_of_more(page: &[Row]) -> Option<String> {
    page.last().filter(|_| page.len() >= COPY_STEP as usize).map(|row| row.document.id.clone())
}

/// SHA-256 over all there is of a document, alike in every engine.
fn checksum(collection: &'static CollectionSpec, document: &RawDocument) -> Result<[u8; 32], StoreError> {
    let RawDocument { id, schema_version, meta, body } = document;
    let corrupt = |cause: Cause| StoreError::Corrupt {
        collection: collection.name,
        id: id.clone(),
        field: ".".to_owned(),
        source: Some(cause),
    };
    // An engine need not keep the order of fields.
    let value: Value = match body {
        Body::Json(text) => serde_json::from_str(text)
            .map_err(|error| corrupt(format!("it is not JSON: {:?}", error.classify()).into()))?,
        Body::Bson(document) => {
            json(RawBsonRef::Document(document)).map_err(|_| corrupt("it is not BSON".into()))?
        }
    };
    let mut context = Context::new(&SHA256);
    let times = [Some(meta.created_at), Some(meta.updated_at), meta.deleted_at, meta.expires_at];
    for number in [*schema_version, meta.revision, meta.birth] {
        context.update(&number.to_be_bytes());
    }
    for time in times {
        context.update(&[u8::from(time.is_some())]);
        context.update(&time.map_or(0, Timestamp::as_millis).to_be_bytes());
    }
    for text in [id.as_str(), &value.to_string()] {
        context.update(&count(text.len()).to_be_bytes());
        context.update(text.as_bytes());
    }
    let digest = context.finish();
    digest
        .as_ref()
        .try_into()
        .map_err(|_| StoreError::Engine { doing: "making a checksum", source: "it has not 32 bytes".into() })
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
