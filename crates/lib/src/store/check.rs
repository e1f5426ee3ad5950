//! Whether the store can do what requests need. [`Store::check`] tries: it reads each collection as requests do, and
//! makes writes that no read sees. It recreates what can be recreated without loss: indexes, and collections that were
//! empty.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::try_join_all;

use super::handle::{Inner, Store};
use super::timing::{NONE, Operation};
use super::upkeep::{BEFORE_ALL_ENDS, walk_plan};
use crate::engine::{CollectionSpec, StoreError};

/// How often everything is checked while no request has trouble. Each check tries one read and one write.
const FULL_CHECK_EVERY: Duration = Duration::from_secs(5);

impl Inner {
    /// Passes a result on, and records its error for the next check.
    pub(super) fn record<T>(&self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &done {
            self.watch.note(error);
        }
        done
    }

    /// Remembers that a collection has documents.
    pub(super) fn remember_documents(&self, collection: &str) {
        self.watch.set_filled(collection, true);
    }

    /// Reads each collection, and returns the missing ones. One that had documents must exist.
    async fn read_each(&self) -> Result<Vec<&'static str>, StoreError> {
        let existing = self.engine.existing_collections().await?;
        let mut absent = Vec::new();
        let mut there = Vec::new();
        for spec in &self.collections {
            match existing.get(spec.name) {
                Some(identity) if self.watch.is_replaced(spec.name, identity.as_ref()) => {
                    return Err(StoreError::Gone { collection: spec.name });
                }
                Some(_) => there.push(*spec),
                None if self.watch.is_filled(spec.name) => {
                    return Err(StoreError::Gone { collection: spec.name });
                }
                None => absent.push(spec.name),
            }
        }
        // At once: a start waits for this, and a server may be far away.
        try_join_all(there.into_iter().map(|spec| self.read_one(spec))).await?;
        Ok(absent)
    }

    async fn read_one(&self, spec: &'static CollectionSpec) -> Result<(), StoreError> {
        let filled = match self.engine.page(walk_plan(spec, None, 1, BEFORE_ALL_ENDS)).await {
            Ok(found) => !found.is_empty(),
            // One corrupt document: the others exist.
            Err(StoreError::Corrupt { .. }) => true,
            Err(error) => return Err(error),
        };
        self.watch.set_filled(spec.name, filled);
        Ok(())
    }

    async fn check_everything(&self, in_trouble: bool) -> Result<(), StoreError> {
        if self.watch.damage.load(Ordering::Acquire) {
            self.engine.check_integrity().await?;
            self.watch.damage.store(false, Ordering::Release);
        }
        let absent = self.read_each().await?;
        let drift = self.engine.drift().await?;
        if !absent.is_empty() || !drift.missing.is_empty() || (in_trouble && !drift.differing.is_empty()) {
            self.engine.recreate_schema().await?;
            let (collections, indexes) = (absent.join(", "), drift.to_string());
            tracing::warn!(collections, indexes, "recreated missing parts of the database");
        }
        self.engine.refuse_newer().await?;
        self.engine.try_writes(in_trouble).await
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
        let call = self.call(Operation::Probe, NONE);
        call.end(inner.engine.probe().await)?;
        let now = inner.clock.monotonic();
        let in_trouble = watch.trouble.load(Ordering::Acquire);
        if !in_trouble
            && watch.last_full_check.lock().is_some_and(|at| now.saturating_sub(at) < FULL_CHECK_EVERY)
        {
            return Ok(());
        }
        let check = watch.begin_check();
        inner.check_everything(in_trouble).await?;
        check.succeed(now);
        Ok(())
    }

    /// Learns which collections have documents, before any of them can disappear.
    pub(super) async fn learn_contents(&self) -> Result<(), StoreError> {
        self.inner.read_each().await.map(drop)
    }
}
