//! Removing documents for good by the rule of their collection: what was deleted long ago, and what belongs to a user who is
//! gone. Nothing here knows their types, so a document that cannot be read is removed all the same.

use std::time::Duration;

use palisade_core::identity::UserId;
use palisade_core::values::{Key as _, KeyValue};
use tokio::task::JoinSet;

use super::batch::Batch;
use super::handle::{CollectionDef, Store};
use super::purge_rule::OwnerKey;
use super::timing::Operation;
use crate::engine::plan::{self, Deleted, PagePlan, Position, QueryPlan, RawDocument};
use crate::engine::{StoreError, WALK_STEP};

/// The result of one step of removing documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// The number of removed documents.
    pub documents: u64,
    /// Whether there may be more.
    pub more: bool,
}

impl Removed {
    fn and(self, other: Self) -> Self {
        Self { documents: self.documents + other.documents, more: self.more || other.more }
    }
}

/// Which documents to read, whatever their type.
pub(super) enum Wanted<'a> {
    /// Those that were deleted this long ago.
    DeletedFor(Duration),
    /// Those of a user, deleted or not.
    Of(&'a UserId, OwnerKey),
}

impl Store {
    /// Removes for good what was deleted at least `retention` ago, at most [`WALK_STEP`] documents of each collection for which
    /// the store does this ([`PurgeRule`](super::PurgeRule)).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; what was removed until then stays removed.
    pub async fn purge_deleted(&self, retention: Duration) -> Result<Removed, StoreError> {
        let mut removed = Removed::default();
        for collection in self.collections().iter().filter(|collection| collection.purge.is_by_retention()) {
            if collection.ephemeral {
                continue;
            }
            let wanted = Wanted::DeletedFor(retention);
            let found = self.raw_page(collection, &wanted, None).await?;
            let removal = |document: RawDocument| Batch::purge_raw(collection, document, retention);
            removed = removed.and(self.remove_all(found, removal).await?);
        }
        Ok(removed)
    }

    /// Removes for good what belongs to a user, deleted or not, at most [`WALK_STEP`] documents of each collection that goes
    /// with its owner.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; what was removed until then stays removed.
    pub async fn remove_of(&self, user: &UserId) -> Result<Removed, StoreError> {
        let mut removed = Removed::default();
        for collection in self.collections() {
            let Some(key) = collection.purge.owner_key() else { continue };
            let found = self.raw_page(collection, &Wanted::Of(user, key), None).await?;
            let removal = |document: RawDocument| Batch::remove_raw(collection, document);
            removed = removed.and(self.remove_all(found, removal).await?);
        }
        Ok(removed)
    }

    /// In parallel, so that the engine can write them as one group, and separately, so that a document that another task wrote in
    /// between does not block the others.
    async fn remove_all(
        &self,
        found: Vec<RawDocument>,
        removal: impl Fn(RawDocument) -> Batch,
    ) -> Result<Removed, StoreError> {
        let mut removed = Removed { documents: 0, more: found.len() >= WALK_STEP as usize };
        let mut commits = JoinSet::new();
        for batch in found.into_iter().map(removal) {
            let store = self.clone();
            commits.spawn(async move { store.commit(batch).await.map(drop) });
        }
        while let Some(done) = commits.join_next().await {
            let failed =
                |error: tokio::task::JoinError| StoreError::Engine { doing: "purging", source: error.into() };
            match done.map_err(failed)? {
                Ok(()) => removed.documents += 1,
                // Somebody wrote, restored or removed it meanwhile. The next step looks again.
                Err(StoreError::Stale { .. }) => removed.more = true,
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }

    /// At most [`WALK_STEP`] documents as an engine returns them.
    pub(super) async fn raw_page(
        &self,
        collection: &'static CollectionDef,
        wanted: &Wanted<'_>,
        after: Option<Position>,
    ) -> Result<Vec<RawDocument>, StoreError> {
        Ok(self
            .raw_rows(collection, wanted, after)
            .await?
            .into_iter()
            .map(|(document, _)| document)
            .collect())
    }

    /// The same with the position of each.
    pub(super) async fn raw_rows(
        &self,
        collection: &'static CollectionDef,
        wanted: &Wanted<'_>,
        after: Option<Position>,
    ) -> Result<Vec<(RawDocument, Position)>, StoreError> {
        self.admit()?;
        self.count_read(collection.name);
        let (engine, now) = (&self.inner.engine, self.now());
        let query = match wanted {
            Wanted::DeletedFor(retention) => {
                // The upper limit excludes itself, and times have milliseconds.
                let upper = Some(KeyValue::Time(now.minus(*retention).plus(Duration::from_millis(1))));
                QueryPlan { upper, ..QueryPlan::over(&plan::DELETED, Deleted::Only) }
            }
            Wanted::Of(_, OwnerKey::Index(index)) if !collection.has(index) => {
                return Err(StoreError::UndeclaredIndex { collection: collection.name, index: index.name });
            }
            Wanted::Of(user, OwnerKey::Index(index)) => {
                let deleted = if collection.ephemeral { Deleted::Hidden } else { Deleted::Included };
                QueryPlan { equality: vec![user.to_key()], ..QueryPlan::over(index, deleted) }
            }
            Wanted::Of(user, OwnerKey::Id) => {
                let call = self.call(Operation::Get, collection.name);
                let found = call.end(engine.get(collection, &user.to_string()).await)?;
                let found = found.filter(|_| after.is_none()).map(|document| {
                    let id = document.id.clone();
                    (document, Position { sort: KeyValue::Text(id.clone()), id })
                });
                return Ok(found.into_iter().collect());
            }
        };
        let call = self.call(Operation::Page, collection.name);
        let rows = engine.page(PagePlan { collection, query, after, limit: WALK_STEP, now });
        let rows = call.end(rows.await)?;
        let placed = |row: plan::Row| {
            let position = Position { sort: row.sort, id: row.document.id.clone() };
            (row.document, position)
        };
        Ok(rows.into_iter().map(placed).collect())
    }
}
