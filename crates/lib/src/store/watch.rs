//! Whether the store can do what requests need. What requests meet is written down here, for a database that answers may
//! still not do its work: an index or a collection may be gone, a right taken away, a page damaged, a disk full.
//!
//! [`Store::check`] asks by doing: it reads each collection as requests do, and writes what nobody will see. What can be
//! made again without losing anything, an index or a collection that was empty, it makes again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::upkeep::{BEFORE_ALL_ENDS, walk_plan};
use super::{Inner, Store};
use crate::engine::plan::Identity;
use crate::engine::{CollectionSpec, StoreError};

/// How often all collections are looked at while nobody meets trouble. A read and a write are tried each time.
const CLOSELY: Duration = Duration::from_secs(5);

/// What is known about the state of the store.
#[derive(Debug)]
pub(super) struct Watch {
    /// A request met something, and it was not looked for since.
    trouble: AtomicBool,
    /// Something could not be read that was written once: until all of it was looked through, more may be damaged.
    damage: AtomicBool,
    /// Of each collection, what this process has seen.
    seen: BTreeMap<&'static str, Seen>,
    /// When all was last found well, on the monotonic clock.
    well_at: Mutex<Option<Duration>>,
    /// One check at a time.
    checking: tokio::sync::Mutex<()>,
}

/// What was seen of a collection.
#[derive(Debug, Default)]
struct Seen {
    /// Whether it has documents.
    filled: AtomicBool,
    /// Which one it is, where the engine tells. Where the first write makes a collection that is gone, another one has its
    /// name then.
    identity: Mutex<Option<Identity>>,
}

impl Watch {
    pub(super) fn over(collections: &[&'static CollectionSpec]) -> Self {
        Self {
            trouble: AtomicBool::new(false),
            damage: AtomicBool::new(false),
            seen: collections.iter().map(|spec| (spec.name, Seen::default())).collect(),
            well_at: Mutex::new(None),
            checking: tokio::sync::Mutex::new(()),
        }
    }

    fn note(&self, error: &StoreError) {
        match error {
            StoreError::Corrupt { .. } | StoreError::Damaged { .. } => {
                self.damage.store(true, Ordering::Release);
            }
            // Without a cause it is our own queue that is full, which passes.
            StoreError::Unavailable { source: Some(_), .. }
            | StoreError::Unknown { .. }
            | StoreError::Engine { .. }
            | StoreError::Gone { .. }
            | StoreError::NewerSchema { .. } => {}
            _ => return,
        }
        self.trouble.store(true, Ordering::Release);
    }

    fn set_filled(&self, collection: &str, filled: bool) {
        if let Some(seen) = self.seen.get(collection)
            && seen.filled.load(Ordering::Relaxed) != filled
        {
            seen.filled.store(filled, Ordering::Relaxed);
        }
    }

    fn is_filled(&self, collection: &str) -> bool {
        self.seen.get(collection).is_some_and(|seen| seen.filled.load(Ordering::Relaxed))
    }

    /// Whether it is another one of that name than the one that had documents.
    fn is_replaced(&self, collection: &str, identity: Option<&Identity>) -> bool {
        let Some(seen) = self.seen.get(collection) else { return false };
        let mut known = seen.identity.lock();
        if known.as_ref() == identity {
            return false;
        }
        if known.is_some() && seen.filled.load(Ordering::Relaxed) {
            return true;
        }
        *known = identity.cloned();
        false
    }
}

impl Inner {
    /// Writes down what a request met.
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

    /// Reads each collection, and gives those that are not there. One that had documents must be.
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
                    // One document that is not what it should be: the others are there.
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
            tracing::warn!(collections, indexes, "made again what was gone from the database");
        }
        self.engine.refuse_newer().await?;
        self.engine.rehearse(in_trouble).await
    }
}

impl Store {
    /// Whether a request met trouble that [`check`](Self::check) has not looked at since.
    pub fn has_trouble(&self) -> bool {
        self.inner.watch.trouble.load(Ordering::Acquire)
    }

    /// Whether the store can do what requests need: a read and a durable write each time; every few seconds, or when a
    /// request met trouble, all of it. Makes again what was empty or can be made out of the documents.
    ///
    /// # Errors
    /// What is wrong. [`StoreError::Gone`] for a collection that had documents, [`StoreError::Damaged`] for a file,
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

    /// Learns which collections have documents, before any of them can go.
    pub(super) async fn learn(&self) -> Result<(), StoreError> {
        self.inner.read_each().await.map(drop)
    }
}
