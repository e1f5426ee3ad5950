//! MongoDB: the engine for larger deployments, a replica set or a sharded cluster, documents as BSON; and [rate
//! limits](MongoLimiter) in MongoDB.
//!
//! Nothing outside `store` names the engine. Any number of processes may read and write the same database at the same
//! time. `docs/decisions/0014-documents-in-mongodb.md` explains its reads and writes.

mod address;
mod clock;
mod commit;
mod concern;
mod decode;
mod document;
mod encode;
mod failure;
mod health;
mod limiter;
mod open;
mod read;
mod rights;
mod schema;
mod strangers;
mod topology;
mod upkeep;
mod window;
mod write;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mongodb::bson::{RawDocumentBuf, Timestamp as ClusterTime, doc};
use mongodb::error::Error;
use mongodb::options::{Hint, ReadConcern};
use mongodb::{Client, ClientSession, Collection, Database};
use palisade_core::config::MongoUrl;
use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;

use crate::engine::plan::{Drift, PagePlan, RawDocument, Row};
use crate::engine::{ClockReading, CollectionSpec, OpenError, StoreError};
use clock::ServerClock;
use failure::{deadline_passed, failed};

pub use crate::engine::AddressError;
pub use limiter::{MongoLimiter, MongoOpenError};

pub(crate) use address::check as check_address;
pub(crate) use decode::decode;
pub(crate) use document::json;
pub(crate) use encode::{EncodeError, document as encode};

/// The deadline of a read, here and on the server.
const READ_DEADLINE: Duration = Duration::from_secs(5);

const READING_A_PAGE: &str = "reading a page";

/// An open database.
pub(crate) struct MongoDb {
    client: Client,
    database: Database,
    collections: Arc<[&'static CollectionSpec]>,
    clock: Arc<ServerClock>,
    rng: Arc<dyn Rng>,
    /// The newest cluster time at which this process has read or written, so that it never reads an earlier one.
    seen: AtomicU64,
    /// For a database that is only read: the session whose pages are all of one snapshot, that of its first read.
    snapshot: Option<tokio::sync::Mutex<ClientSession>>,
}

impl fmt::Debug for MongoDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoDb").field("database", &self.database.name()).finish_non_exhaustive()
    }
}

impl MongoDb {
    pub(crate) async fn open(
        address: &MongoUrl,
        collections: &[&'static CollectionSpec],
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Result<Self, OpenError> {
        let mongodb = Self::connect(address, collections, clock, rng).await?;
        rights::check(&mongodb.database, collections).await?;
        open::check_documents(&mongodb.database, collections).await?;
        mongodb.try_writing().await?;
        Ok(mongodb)
    }

    /// Whether a start could create a database there. Creates nothing.
    pub(crate) async fn can_be_made(
        address: &MongoUrl,
        collections: &[&'static CollectionSpec],
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Result<(), OpenError> {
        Self::connect(address, collections, clock, rng).await?.try_all().await
    }

    /// Whether opening would succeed: the rights of the user, newer writers, and a trial write. Leaves nothing
    /// behind.
    pub(crate) async fn try_all(&self) -> Result<(), OpenError> {
        rights::check(&self.database, &self.collections).await?;
        open::refuse_newer_where_known(&self.database, &self.collections).await?;
        self.try_writing().await
    }

    /// Connects to a usable server, and inspects nothing in it.
    pub(crate) async fn connect(
        address: &MongoUrl,
        collections: &[&'static CollectionSpec],
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Result<Self, OpenError> {
        let (client, database) = open::connect(address).await?;
        let clock = Arc::new(ServerClock::new(clock));
        open::check_server(&clock, &database).await?;
        Ok(Self {
            client,
            database,
            collections: collections.into(),
            clock,
            rng,
            seen: AtomicU64::new(0),
            snapshot: None,
        })
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

    pub(crate) fn clock_jumped(&self) -> bool {
        self.clock.jumped()
    }

    /// Asks for the server's time, unless another task just did.
    pub(crate) async fn refresh_clock(&self) -> Result<(), StoreError> {
        let doing = "asking for the time";
        let ask = async { self.clock.refresh(&self.database).await.map_err(|error| failed(doing, &error)) };
        self.reading(doing, ask).await
    }

    pub(crate) async fn get(
        &self,
        collection: &'static CollectionSpec,
        id: &str,
    ) -> Result<Option<RawDocument>, StoreError> {
        let doing = "reading a document";
        let found = self.reading(doing, async {
            let mut session = self.session().await?;
            let documents = self.collection(collection);
            let find = documents
                .find_one(doc! { "_id": id })
                .read_concern(ReadConcern::majority())
                .max_time(READ_DEADLINE)
                .session(&mut session);
            let found = find.await.map_err(|error| failed(doing, &error))?;
            self.remember_time(&session);
            Ok(found)
        });
        found.await?.map(|document| document::split(collection, &document)).transpose()
    }

    /// The same database with all pages read from one snapshot. The server keeps a snapshot for only some minutes.
    pub(crate) async fn with_snapshot(self) -> Result<Self, OpenError> {
        let session = self.snapshot_session().await;
        let session = session
            .map_err(|error| OpenError::Engine { doing: "beginning a session", source: error.into() })?;
        Ok(Self { snapshot: Some(tokio::sync::Mutex::new(session)), ..self })
    }

    /// Reads the ranges of a page, one after the other.
    async fn read_ranges(
        &self,
        session: &mut ClientSession,
        plan: &PagePlan,
        ranges: Vec<read::Range>,
    ) -> Result<Vec<(read::Range, Vec<RawDocumentBuf>)>, StoreError> {
        let failed = |error: Error| failed(READING_A_PAGE, &error);
        let collection = self.collection(plan.collection);
        let mut found = Vec::with_capacity(ranges.len());
        for range in ranges {
            let mut options = range.options(plan.limit);
            options.max_time = Some(READ_DEADLINE);
            let find = collection.find(range.filter.clone()).with_options(options).session(&mut *session);
            let mut cursor = find.await.map_err(failed)?;
            let documents = cursor.stream(&mut *session).try_collect().await.map_err(failed)?;
            found.push((range, documents));
        }
        Ok(found)
    }

    pub(crate) async fn page(&self, plan: PagePlan) -> Result<Vec<Row>, StoreError> {
        let ranges = read::ranges(&plan);
        if ranges.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.reading(READING_A_PAGE, async {
            if let Some(snapshot) = &self.snapshot {
                return self.read_ranges(&mut *snapshot.lock().await, &plan, ranges).await;
            }
            // Several ranges have to be of one snapshot. A single range is one by itself, and is read no earlier than
            // the newest time that this process has seen.
            let one = ranges.len() == 1;
            let mut session = if one { self.session().await? } else { self.snapshot_session().await? };
            let found = self.read_ranges(&mut session, &plan, ranges).await?;
            if one {
                self.remember_time(&session);
            }
            Ok(found)
        });
        read::rows(&plan, found.await?)
    }

    /// Removes some of the ended documents. Each is checked twice, because an ended id may be taken again in
    /// between.
    pub(crate) async fn sweep(
        &self,
        collection: &'static CollectionSpec,
        most: u32,
    ) -> Result<u64, StoreError> {
        let doing = "sweeping";
        self.reading(doing, async {
            let failed = |error: Error| failed(doing, &error);
            let documents = self.collection(collection);
            let ended = doc! { "expiresAt": { "$lte": document::date(self.now()) } };
            let cursor = documents
                .find(ended.clone())
                .projection(doc! { "_id": 1 })
                .hint(Hint::Name(schema::expiry_index(collection)))
                .limit(i64::from(most))
                .max_time(READ_DEADLINE)
                .await
                .map_err(failed)?;
            let found: Vec<RawDocumentBuf> = cursor.try_collect().await.map_err(failed)?;
            if found.is_empty() {
                return Ok(0);
            }
            let ids: Vec<_> = found.iter().filter_map(|document| document.get_str("_id").ok()).collect();
            let mut filter = ended;
            filter.insert("_id", doc! { "$in": ids });
            documents.delete_many(filter).await.map_err(failed)?;
            Ok(u64::try_from(found.len()).unwrap_or(u64::MAX))
        })
        .await
    }

    /// Asks the primary for its time, and writes nothing, acknowledged by a majority.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        let doing = "pinging";
        self.reading(doing, async {
            let failed = |error: Error| failed(doing, &error);
            self.clock.measure(&self.database).await.map_err(failed)?;
            let Some(collection) = self.collections.first() else { return Ok(()) };
            self.catch_up(collection, "", READ_DEADLINE).await.map_err(failed)
        })
        .await
    }

    /// Waits until a majority of the shard with this document has all earlier writes: even a write that finds
    /// nothing waits for that.
    async fn catch_up(&self, collection: &CollectionSpec, id: &str, limit: Duration) -> Result<(), Error> {
        // The first revision is 1.
        let nobody = doc! { "_id": id, "revision": 0_i64 };
        self.collection(collection).find_one_and_delete(nobody).max_time(limit).await.map(drop)
    }

    pub(crate) async fn drift(&self) -> Result<Drift, StoreError> {
        let doing = "comparing indexes";
        let compare = async {
            schema::drift(&self.database, &self.collections).await.map_err(|error| failed(doing, &error))
        };
        self.reading(doing, compare).await
    }

    fn collection(&self, collection: &CollectionSpec) -> Collection<RawDocumentBuf> {
        self.database.collection(collection.name)
    }

    /// A session whose reads are no older than anything that this process has seen. Without it, a new primary could
    /// briefly answer from before a write that the old one acknowledged.
    async fn session(&self) -> Result<ClientSession, StoreError> {
        let session = self.client.start_session().causal_consistency(true).await;
        let mut session = session.map_err(|error| failed("beginning a session", &error))?;
        let seen = self.seen.load(Ordering::Acquire);
        if seen > 0 {
            let [time, increment] =
                [seen >> 32, seen & u64::from(u32::MAX)].map(|half| u32::try_from(half).unwrap_or(u32::MAX));
            session.advance_operation_time(ClusterTime { time, increment });
        }
        Ok(session)
    }

    async fn snapshot_session(&self) -> Result<ClientSession, StoreError> {
        self.client
            .start_session()
            .snapshot(true)
            .await
            .map_err(|error| failed("beginning a session", &error))
    }

    /// Remembers the time of a session's last read or write. Only after a success: a failed one may still be
    /// undone.
    fn remember_time(&self, session: &ClientSession) {
        if let Some(ClusterTime { time, increment }) = session.operation_time() {
            self.seen.fetch_max((u64::from(time) << 32) | u64::from(increment), Ordering::AcqRel);
        }
    }

    async fn reading<T>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        tokio::time::timeout(READ_DEADLINE, work).await.unwrap_or_else(|_| Err(deadline_passed(doing)))
    }
}

#[cfg(test)]
mod tests;
