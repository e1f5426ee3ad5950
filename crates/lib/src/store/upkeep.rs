//! What keeps a whole store in order, collection by collection and without knowing the types: counting what is there,
//! and bringing old documents up to date.

use std::collections::BTreeMap;

use palisade_core::system::time::Timestamp;
use palisade_core::values::KeyValue;

use super::handle::{CollectionDef, Inner, Store};
use super::location::Location;
use super::rewritten::Rewritten;
use crate::engine::plan::{self, Deleted, PagePlan, Position, QueryPlan, Row};
use crate::engine::{CollectionSpec, OpenError, StoreError, WALK_STEP};
use crate::sqlite::SqliteSource;

/// What is in a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Documents that reads find.
    pub live: u64,
    /// Documents that are deleted and not purged yet.
    pub deleted: u64,
    /// Documents that have ended and were not swept yet.
    pub ended: u64,
    /// How many there are of each schema version, of those that have not ended.
    pub versions: BTreeMap<i64, u64>,
    /// Whether there are more than were counted.
    pub more: bool,
}

impl Census {
    /// Documents of an older version than this one: each is upgraded whenever it is read, until it is rewritten.
    pub fn older_than(&self, version: u32) -> u64 {
        self.versions.range(..i64::from(version)).map(|(_, count)| count).sum()
    }

    /// Documents of a newer version than this one, which are refused: a newer release wrote them.
    pub fn newer_than(&self, version: u32) -> u64 {
        self.versions.range(i64::from(version).saturating_add(1)..).map(|(_, count)| count).sum()
    }

    fn count(&mut self, row: &Row, now: Timestamp) {
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
    /// The collections this store was opened with.
    pub fn collections(&self) -> &[&'static CollectionDef] {
        &self.inner.collections
    }

    /// How many indexes there should be.
    pub fn declared_indexes(&self) -> usize {
        let Inner { engine, collections, .. } = &*self.inner;
        collections.iter().map(|spec| engine.index_count(spec)).sum()
    }

    /// Counts a collection in the order of its ids, at most `most` documents of it: the work is bounded.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn census(&self, collection: &'static CollectionSpec, most: u64) -> Result<Census, StoreError> {
        let (mut census, mut after, mut counted) = (Census::default(), None, 0_u64);
        if !self.has(collection).await? {
            return Ok(census);
        }
        let now = self.now();
        // One more than is counted tells whether there are more.
        while counted <= most {
            let rows = self.walk(collection, after.as_deref(), WALK_STEP).await?;
            for row in &rows {
                counted += 1;
                if counted > most {
                    census.more = true;
                    return Ok(census);
                }
                census.count(row, now);
            }
            match rows.into_iter().last() {
                Some(last) => after = Some(last.document.id),
                None => break,
            }
        }
        Ok(census)
    }

    /// Whether a collection was ever made; an engine that makes them by itself has all of them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn has(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        self.inner.engine.has(collection).await
    }

    /// About how many documents a collection has, whatever their state.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn size(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        if self.has(collection).await? { self.inner.engine.size(collection).await } else { Ok(0) }
    }

    /// Brings the next documents of a collection behind this id to the newest version.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::NewerSchema`], and what [`commit`](Self::commit) gives.
    pub async fn rewrite_step(
        &self,
        collection: &'static CollectionDef,
        after: Option<&str>,
    ) -> Result<Rewritten, StoreError> {
        (collection.rewrite)(self, after).await
    }

    /// Whether anybody has a store open; `None` where that cannot be seen. To be asked before opening it oneself.
    ///
    /// # Errors
    /// What is wrong with the place.
    pub async fn is_in_use(location: &Location) -> Result<Option<bool>, OpenError> {
        match location {
            Location::Sqlite(path) => match SqliteSource::try_hold(path.clone()).await {
                // Whose it is, and whether anything is in it, is said by whoever opens it.
                Ok(()) | Err(OpenError::Missing { .. } | OpenError::NotOurs { .. }) => Ok(Some(false)),
                Err(OpenError::InUse { .. }) => Ok(Some(true)),
                Err(error) => Err(error),
            },
            Location::MongoDb(_) => Ok(None),
        }
    }

    /// Whether a collection has no document at all. Looks, where [`size`](Self::size) may estimate.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn is_empty(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        Ok(!self.has(collection).await? || self.walk(collection, None, 1).await?.is_empty())
    }

    /// Removes every document of a collection, whatever its state; says how many there were.
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

    /// The next documents of a collection by id, whatever state they are in.
    pub(crate) async fn walk(
        &self,
        collection: &'static CollectionSpec,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Row>, StoreError> {
        if !self.declares(collection) {
            return Err(StoreError::Undeclared { collection: collection.name });
        }
        self.inner.calls.read(collection.name);
        self.inner.engine.page(walk_plan(collection, after, limit, BEFORE_ALL_ENDS)).await
    }
}

/// By this time nothing has ended.
pub(crate) const BEFORE_ALL_ENDS: Timestamp = Timestamp::from_millis(i64::MIN);

/// A page of the documents by id that have not ended by `now`, deleted ones among them.
pub(crate) fn walk_plan(
    collection: &'static CollectionSpec,
    after: Option<&str>,
    limit: u32,
    now: Timestamp,
) -> PagePlan {
    let after = after.map(|id| Position { sort: KeyValue::Text(id.to_owned()), id: id.to_owned() });
    PagePlan { collection, query: QueryPlan::over(&plan::ID, Deleted::Included), after, limit, now }
}
