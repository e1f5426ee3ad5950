//! What the typed layer asks of an engine, in words that belong to neither: queries, writes, raw documents. Nothing
//! here knows a document type, and nothing here looks into SQL or BSON.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::RawDocumentBuf;
use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;
use palisade_core::values::KeyValue;

use super::clock::ClockReading;
use super::document::Meta;
use super::error::StoreError;
use super::spec::{CollectionSpec, IndexSpec, SortSpec};
use crate::mongodb::MongoDb;
use crate::sqlite::{Sqlite, SqliteSource};

/// What an engine calls a collection beside its name: another one of the same name is called otherwise.
pub(crate) type Identity = Vec<u8>;

/// What becomes of soft-deleted documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deleted {
    Hidden,
    Included,
    Only,
}

/// The index every soft collection has beside its declared ones: what was deleted, the longest ago first.
pub(crate) static DELETED: IndexSpec = IndexSpec::declare("DELETED", &[], SortSpec::DeletedAt, false);

/// The primary key as an index, for walks over everything.
pub(crate) static ID: IndexSpec = IndexSpec::declare("ID", &[], SortSpec::Id, false);

/// Which documents, in which order.
#[derive(Clone, Debug)]
pub(crate) struct QueryPlan {
    pub index: &'static IndexSpec,
    pub equality: Vec<KeyValue>,
    /// Inclusive bound of the sort key.
    pub lower: Option<KeyValue>,
    /// Exclusive bound of the sort key.
    pub upper: Option<KeyValue>,
    pub deleted: Deleted,
}

impl QueryPlan {
    /// A whole index.
    pub(crate) fn over(index: &'static IndexSpec, deleted: Deleted) -> Self {
        Self { index, equality: Vec::new(), lower: None, upper: None, deleted }
    }

    /// Narrows from below.
    pub(crate) fn raise(&mut self, bound: KeyValue) {
        self.lower = Some(match self.lower.take() {
            Some(old) => old.max(bound),
            None => bound,
        });
    }

    /// Narrows from above.
    pub(crate) fn lower_to(&mut self, bound: KeyValue) {
        self.upper = Some(match self.upper.take() {
            Some(old) => old.min(bound),
            None => bound,
        });
    }
}

/// Where a page begins: behind this document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub sort: KeyValue,
    pub id: String,
}

/// One bounded read.
#[derive(Clone, Debug)]
pub(crate) struct PagePlan {
    pub collection: &'static CollectionSpec,
    pub query: QueryPlan,
    pub after: Option<Position>,
    pub limit: u32,
    /// Ephemeral documents that end by now are not there.
    pub now: Timestamp,
}

/// The forms a document can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Bson,
}

/// A document in the form of its engine.
#[derive(Debug)]
pub(crate) enum Body {
    Json(String),
    Bson(RawDocumentBuf),
}

impl Body {
    pub(crate) fn form(&self) -> Form {
        match self {
            Self::Json(_) => Form::Json,
            Self::Bson(_) => Form::Bson,
        }
    }
}

/// A document as an engine gives it.
#[derive(Debug)]
pub(crate) struct RawDocument {
    pub id: String,
    pub schema_version: i64,
    pub meta: Meta,
    pub body: Body,
}

/// A document of a page, with the sort key it was found under.
#[derive(Debug)]
pub(crate) struct Row {
    pub document: RawDocument,
    pub sort: KeyValue,
}

/// One write with its precondition.
#[derive(Debug)]
pub(crate) struct Write {
    pub collection: &'static CollectionSpec,
    pub id: String,
    pub op: Op,
}

/// What is written. `expected` is the document the decision was made on.
#[derive(Debug)]
pub(crate) enum Op {
    Insert { body: Body, birth: i64, expires_at: Option<Timestamp> },
    Replace { body: Body, expected: Meta, expires_at: Option<Timestamp> },
    Touch { expected: Meta },
    Delete { expected: Meta },
    Restore { expected: Meta },
    Remove { expected: Meta },
    Purge { expected: Meta, retention: Duration },
}

impl Write {
    pub(crate) fn stale(&self) -> StoreError {
        StoreError::Stale { collection: self.collection.name, id: self.id.clone() }
    }

    /// The document is in the form of another engine. A defect.
    pub(crate) fn of_another_form() -> StoreError {
        StoreError::Engine {
            doing: "writing a document",
            source: "it is in the form of another engine".into(),
        }
    }

    pub(crate) fn duplicate(&self) -> StoreError {
        StoreError::Duplicate { collection: self.collection.name, id: self.id.clone() }
    }

    /// What the document is after this write, done at `at`; `None` when it is gone.
    pub(crate) fn outcome(&self, at: Timestamp) -> Option<Meta> {
        let next = |expected: &Meta| Meta {
            revision: expected.revision.saturating_add(1),
            updated_at: at,
            ..expected.clone()
        };
        match &self.op {
            Op::Insert { birth, expires_at, .. } => Some(Meta {
                revision: 1,
                birth: *birth,
                created_at: at,
                updated_at: at,
                deleted_at: None,
                expires_at: *expires_at,
            }),
            Op::Replace { expected, expires_at, .. } => {
                Some(Meta { expires_at: *expires_at, ..next(expected) })
            }
            Op::Touch { expected } => Some(next(expected)),
            Op::Delete { expected } => Some(Meta { deleted_at: Some(at), ..next(expected) }),
            Op::Restore { expected } => Some(Meta { deleted_at: None, ..next(expected) }),
            Op::Remove { .. } | Op::Purge { .. } => None,
        }
    }
}

/// What a batch left behind.
#[derive(Debug)]
pub(crate) struct Written {
    pub at: Timestamp,
    pub documents: Vec<(&'static str, String, Option<Meta>)>,
}

/// Differences between the declared indexes and those in the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Declared, but not there.
    pub missing: Vec<String>,
    /// There under the right name, but made otherwise.
    pub differing: Vec<String>,
    /// There, but not declared.
    pub unknown: Vec<String>,
}

impl fmt::Display for Drift {
    /// By name, one kind after the other: `missing: users_email; not declared: by_hand`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            ("missing", &self.missing),
            ("made otherwise", &self.differing),
            ("not declared", &self.unknown),
        ];
        let told = kinds.iter().filter(|(_, names)| !names.is_empty());
        let told: Vec<String> = told.map(|(kind, names)| format!("{kind}: {}", names.join(", "))).collect();
        f.write_str(&told.join("; "))
    }
}

impl Drift {
    /// Whether database and declaration agree.
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.differing.is_empty() && self.unknown.is_empty()
    }
}

/// The engines. A closed set, so an enum: no generics spread upwards and no call is dynamic. The futures of the driver are
/// large, and those of requests would be as large with them inside; so they are kept apart.
#[derive(Debug)]
pub(crate) enum Engine {
    Sqlite(Box<Sqlite>),
    MongoDb(Box<MongoDb>),
}

/// What a driver's call waits for is large: it is on the heap, or every caller up to the request would carry it along.
impl Engine {
    /// The form of the documents it takes and gives.
    pub(crate) fn form(&self) -> Form {
        match self {
            Self::Sqlite(_) => Form::Json,
            Self::MongoDb(_) => Form::Bson,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::Sqlite(engine) => engine.now(),
            Self::MongoDb(engine) => engine.now(),
        }
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Sqlite(engine) => engine.clock(),
            Self::MongoDb(engine) => engine.clock(),
        }
    }

    pub(crate) fn clock_reading(&self) -> ClockReading {
        match self {
            Self::Sqlite(engine) => engine.clock_reading(),
            Self::MongoDb(engine) => engine.clock_reading(),
        }
    }

    pub(crate) fn clock_jumped(&self) -> bool {
        match self {
            // It goes by the machine's clock whenever that is ahead.
            Self::Sqlite(_) => false,
            Self::MongoDb(engine) => engine.clock_jumped(),
        }
    }

    /// Looks what time it is in the store.
    pub(crate) async fn refresh_clock(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => {
                engine.refresh_clock().await;
                Ok(())
            }
            Self::MongoDb(engine) => Box::pin(engine.refresh_clock()).await,
        }
    }

    pub(crate) async fn get(
        &self,
        collection: &'static CollectionSpec,
        id: &str,
    ) -> Result<Option<RawDocument>, StoreError> {
        match self {
            // SQLite answers a point read in place.
            Self::Sqlite(engine) => engine.get(collection, id),
            Self::MongoDb(engine) => Box::pin(engine.get(collection, id)).await,
        }
    }

    pub(crate) async fn page(&self, plan: PagePlan) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.page(plan).await,
            Self::MongoDb(engine) => Box::pin(engine.page(plan)).await,
        }
    }

    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<Written, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.commit(writes).await,
            Self::MongoDb(engine) => Box::pin(engine.commit(writes)).await,
        }
    }

    pub(crate) async fn sweep(
        &self,
        collection: &'static CollectionSpec,
        most: u32,
    ) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.sweep(collection, most).await,
            Self::MongoDb(engine) => Box::pin(engine.sweep(collection, most)).await,
        }
    }

    /// Makes these documents what they are elsewhere, all that is known about them included, whatever has their ids
    /// here; and removes those with these ids. Broken off it may be half done; doing it again changes nothing.
    pub(crate) async fn copy_in(
        &self,
        collection: &'static CollectionSpec,
        put: Vec<RawDocument>,
        remove: Vec<String>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.copy_in(collection, put, remove).await,
            Self::MongoDb(engine) => Box::pin(engine.copy_in(collection, put, remove)).await,
        }
    }

    /// How many indexes a collection should have here.
    pub(crate) fn index_count(&self, collection: &CollectionSpec) -> usize {
        match self {
            Self::Sqlite(_) => Sqlite::index_count(collection),
            Self::MongoDb(_) => MongoDb::index_count(collection),
        }
    }

    /// Whether a collection was ever made. Where it was not, no page can be read.
    pub(crate) async fn has(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.has(collection).await,
            Self::MongoDb(engine) => Box::pin(engine.has(collection)).await,
        }
    }

    /// How many documents a collection has, whatever their state. May be an estimate.
    pub(crate) async fn size(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.size(collection).await,
            Self::MongoDb(engine) => Box::pin(engine.size(collection)).await,
        }
    }

    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.ping().await,
            Self::MongoDb(engine) => Box::pin(engine.ping()).await,
        }
    }

    /// A read, and a write that nobody sees and that is as durable as any other.
    pub(crate) async fn beat(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.beat().await,
            Self::MongoDb(engine) => Box::pin(engine.beat()).await,
        }
    }

    /// The collections that are in the database, by name. SQLite makes none unless it is told to, so a name is enough there.
    pub(crate) async fn collections_there(&self) -> Result<BTreeMap<String, Option<Identity>>, StoreError> {
        match self {
            Self::Sqlite(engine) => {
                Ok(engine.collections_there().await?.into_iter().map(|name| (name, None)).collect())
            }
            Self::MongoDb(engine) => Box::pin(engine.collections_there()).await,
        }
    }

    /// Makes collections and indexes that are not there, as opening does.
    pub(crate) async fn mend(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.mend().await,
            Self::MongoDb(engine) => Box::pin(engine.mend()).await,
        }
    }

    /// [`StoreError::NewerSchema`] when a newer program has written here.
    pub(crate) async fn refuse_newer(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.refuse_newer().await,
            Self::MongoDb(engine) => Box::pin(engine.refuse_newer()).await,
        }
    }

    /// Tries what writes need, and leaves nothing behind: the right to write each collection, where there are rights;
    /// after trouble, room to grow, where room is ours to find.
    pub(crate) async fn rehearse(&self, in_trouble: bool) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) if in_trouble => engine.find_room().await,
            Self::Sqlite(_) => Ok(()),
            Self::MongoDb(engine) => Box::pin(engine.rehearse_all()).await,
        }
    }

    /// Reads all of the file, where there is one, in search of damage.
    pub(crate) async fn look_through(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.look_through().await,
            // The server checks each block it reads.
            Self::MongoDb(_) => Ok(()),
        }
    }

    pub(crate) async fn drift(&self) -> Result<Drift, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.drift().await,
            Self::MongoDb(engine) => Box::pin(engine.drift()).await,
        }
    }
}

/// An engine that is only read from, and written to by nobody where the engine can see to that.
#[derive(Debug)]
pub(crate) enum SourceEngine {
    Sqlite(SqliteSource),
    MongoDb(Box<MongoDb>),
}

impl SourceEngine {
    pub(crate) async fn page(&self, plan: PagePlan) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.page(plan).await,
            Self::MongoDb(engine) => Box::pin(engine.page(plan)).await,
        }
    }

    pub(crate) async fn has(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.has(collection).await,
            Self::MongoDb(engine) => engine.has(collection).await,
        }
    }

    pub(crate) async fn size(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.size(collection).await,
            Self::MongoDb(engine) => engine.size(collection).await,
        }
    }
}
