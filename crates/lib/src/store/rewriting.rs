//! Bringing older documents to the newest version of their type, in place.

use palisade_core::values::KeyValue;

use super::batch::Batch;
use super::collection::Collection;
use super::decode::decode;
use super::document::{Document, DocumentId as _, Stored};
use super::rewritten::Rewritten;
use crate::engine::plan::{self, Deleted, Position, QueryPlan};
use crate::engine::{StoreError, WALK_STEP};

impl<T: Document> Collection<T> {
    /// Upgrades older documents to the newest version in place, [`WALK_STEP`] documents at a time, deleted ones
    /// too. Returns the id to continue from; `None` at the end.
    ///
    /// # Errors
    /// Like [`get`](Self::get), and those of [`Store::commit`](crate::store::Store::commit).
    pub async fn rewrite(&self, from: Option<&T::Id>) -> Result<Option<T::Id>, StoreError> {
        let from = from.map(ToString::to_string);
        let step = self.rewrite_after(from.as_deref()).await?;
        Ok(step.next.as_deref().and_then(T::Id::parse))
    }

    pub(crate) async fn rewrite_after(&self, from: Option<&str>) -> Result<Rewritten, StoreError> {
        let after = from.map(|id| Position { sort: KeyValue::Text(id.to_owned()), id: id.to_owned() });
        let query = QueryPlan::over(&plan::ID, Deleted::Included);
        let rows = self.rows(query, after, WALK_STEP).await?;
        let next = rows.last().filter(|_| rows.len() >= WALK_STEP as usize);
        let mut step =
            Rewritten { next: next.map(|row| row.document.id.clone()), examined: rows.len(), rewritten: 0 };
        let mut batches = Vec::new();
        for row in rows {
            let old = row.document.schema_version < i64::from(T::SCHEMA_VERSION);
            let stored: Stored<T> = decode(row.document)?;
            if old {
                batches.push(Batch::new().replace_expecting::<T>(&stored.id, stored.meta, stored.value));
            }
        }
        // In parallel, so that the engine can write them as one group, and separately, so that a document that
        // another task wrote in between (and thereby upgraded) does not block the others.
        let mut commits = tokio::task::JoinSet::new();
        for batch in batches {
            let store = self.store.clone();
            commits.spawn(async move { store.commit(batch).await.map(drop) });
        }
        while let Some(done) = commits.join_next().await {
            let failed = |error: tokio::task::JoinError| StoreError::Engine {
                doing: "rewriting",
                source: error.into(),
            };
            match done.map_err(failed)? {
                Ok(()) => step.rewritten += 1,
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(step)
    }
}
