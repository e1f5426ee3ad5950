//! What requests meet is written down here, and what was seen of each collection: a database that answers may still not do
//! its work. An index or a collection may be gone, a right taken away, a page damaged, a disk full.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::engine::plan::Identity;
use crate::engine::{CollectionSpec, StoreError};

/// The known state of the store.
#[derive(Debug)]
pub(super) struct Watch {
    /// A request had trouble, and no check has run since.
    pub(super) trouble: AtomicBool,
    /// Something could not be read: until everything was checked, more may be damaged.
    pub(super) damage: AtomicBool,
    /// The observations of each collection.
    seen: BTreeMap<&'static str, Seen>,
    /// When everything was last well, on the monotonic clock.
    pub(super) well_at: Mutex<Option<Duration>>,
    /// One check at a time.
    pub(super) checking: tokio::sync::Mutex<()>,
}

/// The observations of a collection.
#[derive(Debug, Default)]
struct Seen {
    /// Whether it has documents.
    filled: AtomicBool,
    /// Its identity, if the engine has one. If the first write recreates a missing collection, another one then has
    /// its name.
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

    pub(super) fn note(&self, error: &StoreError) {
        match error {
            StoreError::Corrupt { .. } | StoreError::Damaged { .. } => {
                self.damage.store(true, Ordering::Release);
            }
            // Without a cause our own queue is full, which passes.
            StoreError::Unavailable { source: Some(_), .. }
            | StoreError::Unknown { .. }
            | StoreError::Engine { .. }
            | StoreError::Gone { .. }
            | StoreError::NewerSchema { .. } => {}
            _ => return,
        }
        self.trouble.store(true, Ordering::Release);
    }

    pub(super) fn set_filled(&self, collection: &str, filled: bool) {
        if let Some(seen) = self.seen.get(collection)
            && seen.filled.load(Ordering::Relaxed) != filled
        {
            seen.filled.store(filled, Ordering::Relaxed);
        }
    }

    pub(super) fn is_filled(&self, collection: &str) -> bool {
        self.seen.get(collection).is_some_and(|seen| seen.filled.load(Ordering::Relaxed))
    }

    /// Whether another collection has replaced the one that had documents.
    pub(super) fn is_replaced(&self, collection: &str, identity: Option<&Identity>) -> bool {
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
