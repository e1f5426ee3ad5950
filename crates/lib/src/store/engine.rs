//! The engines of a store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;

use crate::engine::plan::{Drift, Form, Identity, PagePlan, RawDocument, Row, Write, Written};
use crate::engine::{BATCH_DEADLINE, ClockReading, CollectionSpec, StoreError};
use crate::mongodb::MongoDb;
use crate::sqlite::{Sqlite, SqliteSource};

/// The engines. A closed set, so an enum: no generics spread upwards and no call is dynamic. The futures of the MongoDB
/// driver are boxed: they are large, and so would be every future that contains them.
#[derive(Debug)]
pub(crate) enum Engine {
    Sqlite(Box<Sqlite>),
    MongoDb(Box<MongoDb>),
}

impl Engine {
    /// The format of its documents.
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

    /// How long after a write its time may still be followed by an earlier one.
    pub(crate) fn settles_after(&self) -> Duration {
        match self {
            // Times are taken under the lock of the writer, so they rise with the commits: this is for a clock that is set
            // back a little.
            Self::Sqlite(_) => Duration::from_secs(1),
            Self::MongoDb(_) => BATCH_DEADLINE,
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
            // It uses the machine's clock whenever that is ahead.
            Self::Sqlite(_) => false,
            Self::MongoDb(engine) => engine.clock_jumped(),
        }
    }

    /// Reads the time in the store.
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

    /// Writes these documents with all their metadata, in place of any documents with their ids, and removes those with
    /// the given ids. After an interruption it may be half done; it can be repeated.
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

    /// The number of indexes that a collection should have here.
    pub(crate) fn index_count(&self, collection: &CollectionSpec) -> usize {
        match self {
            Self::Sqlite(_) => Sqlite::index_count(collection),
            Self::MongoDb(_) => MongoDb::index_count(collection),
        }
    }

    /// Whether a collection was ever created. Otherwise no page can be read.
    pub(crate) async fn has(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(engine) => engine.has(collection).await,
            Self::MongoDb(engine) => Box::pin(engine.has(collection)).await,
        }
    }

    /// The number of documents of a collection, in every state. May be an estimate.
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

    /// A read, and a write that no read sees and that is as durable as any other.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.probe().await,
            Self::MongoDb(engine) => Box::pin(engine.probe()).await,
        }
    }

    /// The collections in the database, by name. SQLite creates none unless it is told to, so a name is enough
    /// there.
    pub(crate) async fn existing_collections(
        &self,
    ) -> Result<BTreeMap<String, Option<Identity>>, StoreError> {
        match self {
            Self::Sqlite(engine) => {
                Ok(engine.existing_collections().await?.into_iter().map(|name| (name, None)).collect())
            }
            Self::MongoDb(engine) => Box::pin(engine.existing_collections()).await,
        }
    }

    /// Creates missing collections and indexes, as opening does.
    pub(crate) async fn recreate_schema(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.recreate_schema().await,
            Self::MongoDb(engine) => Box::pin(engine.recreate_schema()).await,
        }
    }

    /// [`StoreError::NewerSchema`] when a newer program has written here.
    pub(crate) async fn refuse_newer(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.refuse_newer().await,
            Self::MongoDb(engine) => Box::pin(engine.refuse_newer()).await,
        }
    }

    /// Tries whether requests can write, and leaves nothing behind: checks the right to write each collection, if there
    /// are rights; and after trouble the room to grow, if this process can see it.
    pub(crate) async fn try_writes(&self, in_trouble: bool) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) if in_trouble => engine.find_room().await,
            Self::Sqlite(_) => Ok(()),
            Self::MongoDb(engine) => Box::pin(engine.try_writes()).await,
        }
    }

    /// Checks the whole file, if there is one, for damage.
    pub(crate) async fn check_integrity(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.check_integrity().await,
            // The server checks each block that it reads.
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

/// An engine that is only read from.
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
