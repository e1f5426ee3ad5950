//! Whether the database can do what requests need.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::try_join_all;
use mongodb::bson::{Document, doc};
use mongodb::error::Error;
use mongodb::options::{ReadConcern, TransactionOptions};

use super::concern::majority;
use super::failure::{failed, is_transient};
use super::{MongoDb, READ_DEADLINE, open, schema};
use crate::engine::plan::Identity;
use crate::engine::{CollectionSpec, OpenError, StoreError};

/// A transaction that meets an index build is aborted; it is retried.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(20);

/// How many collections one trial transaction writes to. More are several transactions.
const TRIED_TOGETHER: usize = 5;

impl MongoDb {
    /// Asks the primary for its time; and writes and removes a document in one transaction, acknowledged by a majority.
    /// No read ever sees it.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        let doing = "trying a write";
        self.reading(doing, async {
            self.clock.measure(&self.database).await.map_err(|error| failed(doing, &error))?;
            let there = self.existing_collections().await?;
            // A write to a dropped collection would create it again, as if it had never had a document.
            let Some(first) = self.collections.iter().find(|spec| there.contains_key(spec.name)) else {
                return Ok(());
            };
            self.trial_write(&[*first], true).await.map_err(|error| failed(doing, &error))
        })
        .await
    }

    /// Each with its UUID, which the server assigns at creation.
    pub(crate) async fn existing_collections(
        &self,
    ) -> Result<BTreeMap<String, Option<Identity>>, StoreError> {
        let doing = "listing the collections";
        let list = async {
            let found = self.database.list_collections().await?;
            let each = found.map_ok(|found| (found.name, found.info.uuid.map(|uuid| uuid.bytes)));
            each.try_collect().await
        };
        self.reading(doing, async { list.await.map_err(|error| failed(doing, &error)) }).await
    }

    /// The server continues index builds when nobody waits.
    pub(crate) async fn recreate_schema(&self) -> Result<(), StoreError> {
        let doing = "recreating collections and indexes";
        let made = schema::create(&self.database, &self.collections).await;
        made.map_err(|error| failed(doing, &error))
    }

    pub(crate) async fn refuse_newer(&self) -> Result<(), StoreError> {
        let doing = "reading schema versions";
        let check = async {
            let newer = open::newer(&self.database, &self.collections).await;
            match newer.map_err(|error| failed(doing, &error))? {
                Some((spec, found)) => Err(StoreError::NewerSchema {
                    collection: spec.name,
                    id: "…".to_owned(),
                    found,
                    known: spec.schema_version,
                }),
                None => Ok(()),
            }
        };
        self.reading(doing, check).await
    }

    /// Writes to each collection as requests do, and aborts; then writes and removes a document in an existing
    /// collection, confirmed by a majority.
    pub(crate) async fn try_writing(&self) -> Result<(), OpenError> {
        let doing = "trying to write";
        let collections: &[_] = &self.collections;
        open::with_timeout(doing, open::ANSWER, async {
            self.trial_writes().await?;
            let there = self.database.list_collection_names().await?;
            match collections.iter().find(|spec| there.iter().any(|name| name == spec.name)) {
                // A write to a missing collection would create it.
                Some(first) => self.trial_write(&[*first], true).await,
                None => Ok(()),
            }
        })
        .await
    }

    /// Writes to each collection as requests do, and aborts.
    pub(crate) async fn try_writes(&self) -> Result<(), StoreError> {
        let doing = "trying to write each collection";
        self.reading(doing, async { self.trial_writes().await.map_err(|error| failed(doing, &error)) }).await
    }

    /// Writes to each collection and aborts, in several transactions at once: a start waits for this, and a server may be
    /// far away.
    async fn trial_writes(&self) -> Result<(), Error> {
        try_join_all(self.collections.chunks(TRIED_TOGETHER).map(|some| self.trial_write(some, false)))
            .await
            .map(drop)
    }

    async fn trial_write(&self, collections: &[&'static CollectionSpec], commit: bool) -> Result<(), Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.trial_write_once(collections, commit).await {
                Ok(()) => return Ok(()),
                Err((_, error)) if is_transient(&error) && tries < TRIES => tokio::time::sleep(PAUSE).await,
                Err((collection, error)) => {
                    tracing::debug!(collection, "a trial write failed");
                    return Err(error);
                }
            }
        }
    }

    async fn trial_write_once(
        &self,
        collections: &[&'static CollectionSpec],
        commit: bool,
    ) -> Result<(), (&'static str, Error)> {
        let nowhere = |error| ("", error);
        let mut random = [0_u8; 12];
        self.rng.fill(&mut random);
        let id = random.iter().fold("trial:".to_owned(), |id, byte| format!("{id}{byte:02x}"));
        let mut session = self.client.start_session().await.map_err(nowhere)?;
        let options = TransactionOptions::builder()
            .read_concern(ReadConcern::majority())
            .write_concern(majority())
            .max_commit_time(READ_DEADLINE)
            .build();
        session.start_transaction().with_options(options).await.map_err(nowhere)?;
        for spec in collections {
            let named = |error| (spec.name, error);
            let collection = self.database.collection::<Document>(spec.name);
            let put = collection.find_one_and_replace(doc! { "_id": &id }, doc! { "_id": &id }).upsert(true);
            put.max_time(READ_DEADLINE).session(&mut session).await.map_err(named)?;
            let remove = collection.find_one_and_delete(doc! { "_id": &id });
            remove.max_time(READ_DEADLINE).session(&mut session).await.map_err(named)?;
        }
        if commit {
            session.commit_transaction().await.map_err(nowhere)
        } else {
            session.abort_transaction().await.map_err(nowhere)
        }
    }
}
