//! Whether the store can do what requests need. [`Store::check`] asks by doing: it reads each collection as requests do, and
//! writes what nobody will see. What can be made again without losing anything, an index or a collection that was empty, it
//! makes again.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::handle::{Inner, Store};
use super::upkeep::{BEFORE_ALL_ENDS, walk_plan};
use crate::engine::StoreError;

/// How often all collections are checked while nobody has trouble. A read and a write are tried each time.
const CLOSELY: Duration = Duration::from_secs(5);

impl Inner {
    /// Records the problem of a request.
    pub(super) fn noting<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &done {
            self.watch.note(error);
        }
        done
    }

    /// Remembers that a collection has documents.
    pub(super) fn has_documents(&self, collection: &str) {
        self.watch.set_filled(collection, true);
    }

    /// Reads each collection, and returns the missing ones. One that had documents must exist.
    async fn read_each(&self) -> Result<Vec<&'static str>, StoreError> {
        let there = self.engine.collections_there().await?;
        let mut absent = Vec::new();
        for spec in &self.collections {
            if let Some(identity) = there.get(spec.name) {
                if self.watch.is_replaced(spec.name, identity.as_ref()) {
                    return Err(StoreError::Gone { collection: spec.name });
                }
                let filled = match self.engine.page(walk_plan(spec, None, 1, BEFORE_ALL_ENDS)).await {
                    Ok(found) => !found.is_empty(),
                    // One corrupt document: the others exist.
                    Err(StoreError::Corrupt { .. }) => true,
                    Err(error) => return Err(error),
                };
                self.watch.set_filled(spec.name, filled);
            } else if self.watch.is_filled(spec.name) {
                return Err(StoreError::Gone { collection: spec.name });
            } else {
                absent.push(spec.name);
            }
        }
        Ok(absent)
    }

    async fn look_closely(&self, in_trouble: bool) -> Result<(), StoreError> {
        if self.watch.damage.load(Ordering::Acquire) {
            self.engine.look_through().await?;
            self.watch.damage.store(false, Ordering::Release);
        }
        let absent = self.read_each().await?;
        let drift = self.engine.drift().await?;
        if !absent.is_empty() || !drift.missing.is_empty() || (in_trouble && !drift.differing.is_empty()) {
            self.engine.mend().await?;
            let (collections, indexes) = (absent.join(", "), drift.to_string());
            tracing::warn!(collections, indexes, "recreated missing parts of the database");
        }
        self.engine.refuse_newer().await?;
        self.engine.rehearse(in_trouble).await
    }
}

impl Store {
    /// Whether a request had trouble since the last [`check`](Self::check).
    pub fn has_trouble(&self) -> bool {
        self.inner.watch.trouble.load(Ordering::Acquire)
    }

    /// Whether the store can do what requests need: a read and a durable write each time; every few seconds, or
    /// after trouble, everything. Recreates what was empty or can be derived from the documents.
    ///
    /// # Errors
    /// The problem. [`StoreError::Gone`] for a collection that had documents, [`StoreError::Damaged`] for a file,
    /// [`StoreError::NewerSchema`] when a newer release has written here, or why it cannot be read or written.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.admit()?;
        let (inner, watch) = (&*self.inner, &self.inner.watch);
        let _one = watch.checking.lock().await;
        inner.noting(inner.engine.beat().await)?;
        let now = inner.clock.monotonic();
        let in_trouble = watch.trouble.swap(false, Ordering::AcqRel);
        if !in_trouble && watch.well_at.lock().is_some_and(|at| now.saturating_sub(at) < CLOSELY) {
            return Ok(());
        }
        let looked = inner.look_closely(in_trouble).await;
        match &looked {
            Ok(()) => *watch.well_at.lock() = Some(now),
            Err(_) => watch.trouble.store(true, Ordering::Release),
        }
        looked
    }

    /// Learns which collections have documents, before any of them can disappear.
    pub(super) async fn learn(&self) -> Result<(), StoreError> {
        self.inner.read_each().await.map(drop)
    }
}
