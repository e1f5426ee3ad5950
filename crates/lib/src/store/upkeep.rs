//! Maintenance of a whole store, collection by collection and without knowing the types: counting documents, and
//! upgrading old ones.

use std::collections::BTreeMap;

use palisade_core::system::time::Timestamp;
use palisade_core::values::KeyValue;

use super::handle::{CollectionDef, Inner, Store};
use super::location::Location;
use super::rewritten::Rewritten;
use crate::engine::plan::{self, Deleted, PagePlan, Position, QueryPlan, Row};
use crate::engine::{CollectionSpec, OpenError, StoreError, WALK_STEP};
use crate::sqlite::SqliteSource;

/// The number of documents of a collection in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentCounts {
    /// Documents that reads find.
    pub live: u64,
    /// Deleted documents that are not purged yet.
    pub deleted: u64,
    /// Ended documents that are not swept yet.
    pub ended: u64,
    /// The number of documents of each schema version, without ended ones.
    pub versions: BTreeMap<i64, u64>,
    /// Whether there are more than were counted.
    pub more: bool,
}

impl DocumentCounts {
    /// Documents of an older version than this one: each is upgraded whenever it is read, until it is rewritten.
    pub fn older_than(&self, version: u32) -> u64 {
        self.versions.range(..i64::from(version)).map(|(_, count)| count).sum()
    }

    /// Documents of a newer version than this one, which are refused: a newer release wrote them.
    pub fn newer_than(&self, version: u32) -> u64 {
        self.versions.range(i64::from(version).saturating_add(1)..).map(|(_, count)| count).sum()
    }

    fn add(&mut self, row: &Row, now: Timestamp) {
        let meta = &row.document.meta;
        if meta.expires_at.is_some_and(|end| end <= now) {
            self.ended += 1;
            return;
        }
        *(if meta.deleted_at.is_some() { &mut self.deleted } else { &mut self.live }) += 1;
        *self.versions.entry(row.document.schema_version).or_default() += 1;
    }
}

impl Store {
    /// The collections that this store was opened with.
    pub fn collections(&self) -> &[&'static CollectionDef] {
        &self.inner.collections
    }

    /// The number of declared indexes.
    pub fn declared_indexes(&self) -> usize {
        let Inner { engine, collections, .. } = &*self.inner;
        collections.iter().map(|spec| engine.index_count(spec)).sum()
    }

    /// Counts a collection in the order of its ids, at most `most` documents: the work is bounded.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn count(
        &self,
        collection: &'static CollectionSpec,
        most: u64,
    ) -> Result<DocumentCounts, StoreError> {
        let (mut counts, mut after, mut counted) = (DocumentCounts::default(), None, 0_u64);
        if !self.has(collection).await? {
            return Ok(counts);
        }
        let now = self.now();
        // One more than is counted shows whether there are more.
        while counted <= most {
            let rows = self.walk(collection, after.as_deref(), WALK_STEP).await?;
            for row in &rows {
                counted += 1;
                if counted > most {
                    counts.more = true;
                    return Ok(counts);
                }
                counts.add(row, now);
            }
            match rows.into_iter().last() {
                Some(last) => after = Some(last.document.id),
                None => break,
            }
        }
        Ok(counts)
    }

    /// Whether a collection was ever created; an engine that creates them by itself has all of them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn has(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        self.inner.engine.has(collection).await
    }

    /// The approximate number of documents of a collection, in every state.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn size(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        if self.has(collection).await? { self.inner.engine.size(collection).await } else { Ok(0) }
    }

    /// Upgrades the next documents of a collection after this id to the newest version.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::NewerSchema`], and the errors of [`commit`](Self::commit).
    pub async fn rewrite_step(
        &self,
        collection: &'static CollectionDef,
        after: Option<&str>,
    ) -> Result<Rewritten, StoreError> {
        (collection.rewrite)(self, after).await
    }

    /// Whether a process has a store open; `None` if that cannot be detected. To be called before opening it.
    ///
    /// # Errors
    /// The problem of the location.
    pub async fn is_in_use(location: &Location) -> Result<Option<bool>, OpenError> {
        match location {
            Location::Sqlite(path) => match SqliteSource::try_lock(path.clone()).await {
                // The code that opens it reports its owner and whether it is empty.
                Ok(()) | Err(OpenError::Missing { .. } | OpenError::NotOurs { .. }) => Ok(Some(false)),
                Err(OpenError::InUse { .. }) => Ok(Some(true)),
                Err(error) => Err(error),
            },
            Location::MongoDb(_) => Ok(None),
        }
    }

    /// Whether a collection has no document at all. Exact, where [`size`](Self::size) may estimate.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn is_empty(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        Ok(!self.has(collection).await? || self.walk(collection, None, 1).await?.is_empty())
    }

    /// Removes every document of a collection, in every state; returns their number.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn clear(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let ids: Vec<String> = self
                .walk(collection, None, WALK_STEP)
                .await?
                .into_iter()
                .map(|row| row.document.id)
                .collect();
            if ids.is_empty() {
                return Ok(removed);
            }
            removed += ids.len() as u64;
            self.inner.engine.copy_in(collection, Vec::new(), ids).await?;
        }
    }

    /// The next documents of a collection by id, in every state.
    pub(crate) async fn walk(
        &self,
        collection: &'static CollectionSpec,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Row>, StoreError> {
        if !self.declares(collection) {
            return Err(StoreError::Undeclared { collection: collection.name });
        }
        self.count_read(collection.name);
        self.inner.engine.page(walk_plan(collection, after, limit, BEFORE_ALL_ENDS)).await
    }
}

/// By this time nothing has ended.
pub(crate) const BEFORE_ALL_ENDS: Timestamp = Timestamp::from_millis(i64::MIN);

/// A page of the documents by id that have not ended by `now`, including deleted ones.
pub(crate) fn walk_plan(
    collection: &'static CollectionSpec,
    after: Option<&str>,
    limit: u32,
    now: Timestamp,
) -> PagePlan {
    let after = after.map(|id| Position { sort: KeyValue::Text(id.to_owned()), id: id.to_owned() });
    PagePlan { collection, query: QueryPlan::over(&plan::ID, Deleted::Included), after, limit, now }
}
