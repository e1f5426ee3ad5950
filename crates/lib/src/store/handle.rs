//! The handle of a store: what all its users share, and whether they may use it now.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;
use parking_lot::RwLock;
use serde_json::Value;

use super::calls::{Calls, Counters};
use super::cursor::CursorKey;
use super::engine::Engine;
use super::purge_rule::PurgeRule;
use super::rewritten::Rewritten;
use super::timing::{Operation, Timings};
use super::watch::Watch;
use crate::engine::plan::{Drift, Form, RawDocument};
use crate::engine::{CollectionSpec, StoreError, WALK_STEP};

/// The dependencies of a store, from the code that opens it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The time. An engine that several machines write corrects it by the server's, unless a test drives it.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The key that authenticates cursors.
    pub cursor_key: CursorKey,
}

/// The definition of a collection: its specification for engines, and the operations that need its type. It follows
/// from the type ([`Declared`](super::Declared)), for the list that a store is opened with.
#[derive(Debug)]
pub struct CollectionDef {
    pub(crate) spec: &'static CollectionSpec,
    /// Who removes its documents for good.
    pub(crate) purge: PurgeRule,
    /// The type does the upgrade, and upkeep does not know the type.
    pub(crate) rewrite: RewriteStep,
    /// Only the type knows which values are times.
    pub(crate) translate: Translate,
    /// The value of a document as JSON: only the type can read it in the format of every engine.
    pub(crate) value: ValueOf,
}

impl Deref for CollectionDef {
    type Target = CollectionSpec;

    fn deref(&self) -> &CollectionSpec {
        self.spec
    }
}

/// The specifications of these collections, for engines.
pub(super) fn specs(collections: &[&'static CollectionDef]) -> Vec<&'static CollectionSpec> {
    collections.iter().map(|definition| definition.spec).collect()
}

/// A step of a rewrite, for a collection whose type is not known.
pub(crate) type RewriteStep =
    for<'a> fn(
        &'a Store,
        Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Result<Rewritten, StoreError>> + Send + 'a>>;

/// Converts a document into the format of an engine, for a collection whose type is not known.
pub(crate) type Translate = fn(RawDocument, Form, &dyn Rng) -> Result<RawDocument, StoreError>;

/// The value of a document, for a collection whose type is not known.
pub(crate) type ValueOf = fn(RawDocument) -> Result<Value, StoreError>;

/// A connection to the document store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) inner: Arc<Inner>,
    pub(super) cursor_key: CursorKey,
    /// Whether this handle is for maintenance: never withheld, not counted and not timed.
    pub(super) is_maintenance: bool,
}

pub(crate) struct Inner {
    pub(super) engine: Engine,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) calls: Counters,
    pub(super) timings: Timings,
    pub(super) collections: Vec<&'static CollectionDef>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) watch: Watch,
    /// Why the store must not be used now.
    pub(super) withheld: RwLock<Option<&'static str>>,
    pub(super) is_withheld: AtomicBool,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("engine", &self.inner.engine).finish_non_exhaustive()
    }
}

impl Store {
    pub(super) fn over(engine: Engine, collections: &[&'static CollectionDef], options: Options) -> Self {
        let Options { clock, rng, cursor_key } = options;
        let specs = specs(collections);
        let (calls, timings) = (Counters::new(&specs), Timings::new(&specs));
        let inner = Inner {
            engine,
            rng,
            calls,
            timings,
            collections: collections.to_vec(),
            clock,
            watch: Watch::over(&specs),
            withheld: RwLock::new(None),
            is_withheld: AtomicBool::new(false),
        };
        Self { inner: Arc::new(inner), cursor_key, is_maintenance: false }
    }

    /// A handle for maintenance of the store itself: it continues while the store is [withheld](Self::withhold),
    /// and its work is neither counted nor timed as calls.
    #[must_use]
    pub fn for_maintenance(&self) -> Self {
        Self { is_maintenance: true, ..self.clone() }
    }

    /// Refuses every read and write of this process from now on, with this reason; or, with `None`, no longer.
    /// Started calls continue. For a store whose content is not the one that this process was started on.
    pub fn withhold(&self, why: Option<&'static str>) {
        *self.inner.withheld.write() = why;
        self.inner.is_withheld.store(why.is_some(), Ordering::Release);
    }

    /// Refuses the call while the store is withheld. Call it before anything is read or written.
    pub(crate) fn admit(&self) -> Result<(), StoreError> {
        if self.is_maintenance || !self.inner.is_withheld.load(Ordering::Acquire) {
            return Ok(());
        }
        match *self.inner.withheld.read() {
            Some(doing) => Err(StoreError::Unavailable { doing, source: None }),
            None => Ok(()),
        }
    }

    pub(super) fn count_read(&self, collection: &str) {
        if !self.is_maintenance {
            self.inner.calls.read(collection);
        }
    }

    pub(super) fn count_write(&self, collection: &str) {
        if !self.is_maintenance {
            self.inner.calls.write(collection);
        }
    }

    /// The same store with another cursor key: the key may be derived from content of the store.
    #[must_use]
    pub fn with_cursor_key(self, cursor_key: CursorKey) -> Self {
        Self { cursor_key, ..self }
    }

    /// Whether the store was opened with this type.
    pub(crate) fn declares(&self, spec: &CollectionSpec) -> bool {
        self.inner.collections.iter().any(|declared| declared.of == spec.of)
    }

    /// The store's clock, which decides which documents have ended.
    pub fn now(&self) -> Timestamp {
        self.inner.engine.now()
    }

    /// Removes ended documents, at most [`WALK_STEP`] of each ephemeral collection. Reads never see them either
    /// way; this frees their space. Returns whether there may be more.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn sweep(&self) -> Result<bool, StoreError> {
        self.admit()?;
        let mut more = false;
        for spec in self.inner.collections.iter().filter(|spec| spec.ephemeral) {
            let call = self.call(Operation::Sweep, spec.name);
            more |= call.end(self.inner.engine.sweep(spec, WALK_STEP).await)? >= u64::from(WALK_STEP);
        }
        Ok(more)
    }

    /// Reads and writes once: whether the store can be used now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.admit()?;
        self.inner.engine.ping().await
    }

    /// Whether the indexes in the database match the declared ones.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn drift(&self) -> Result<Drift, StoreError> {
        self.inner.engine.drift().await
    }

    /// The number of calls of the store so far.
    pub fn calls(&self) -> Calls {
        self.inner.calls.snapshot()
    }
}
