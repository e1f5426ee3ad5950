//! The document store: one typed layer, over whichever engine the deployment has.
//!
//! Its rules are its interface, so none can be skipped: a query can only be formed from a declared index, many
//! documents can only be read a page at a time, a write names the document it was decided on, several writes are one
//! [`Batch`] without reads, deleting is soft unless a collection says why not. Nothing of an engine may show here: no
//! SQL, no BSON, no raw document. A repository is written once.
//!
//! ```
//! use palisade_core::text;
//! use palisade_core::utils::pagination::{Page, PageRequest};
//! use palisade_lib::collection;
//! use palisade_lib::store::{Batch, Collection, Store, StoreError, Stored};
//! use serde::{Deserialize, Serialize};
//!
//! palisade_core::id! { pub ProjectId = "prj"; }
//! text! { pub Title, 1..=80 characters, |text| Ok(text); }
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! #[serde(rename_all = "camelCase")]
//! pub struct Project {
//!     pub owner: String,
//!     pub title: Title,
//! }
//!
//! collection! {
//!     Project in "projects" {
//!         id: ProjectId,
//!         version: 1,
//!         kind: soft,
//!         index BY_OWNER: (owner: String) newest_first;
//!         index BY_TITLE: (owner: String) ascending title: Title;
//!     }
//! }
//!
//! pub struct ProjectRepository {
//!     store: Store,
//!     projects: Collection<Project>,
//! }
//!
//! impl ProjectRepository {
//!     pub fn new(store: &Store) -> Result<Self, StoreError> {
//!         Ok(Self { store: store.clone(), projects: store.collection()? })
//!     }
//!
//!     pub async fn get(&self, id: &ProjectId) -> Result<Option<Stored<Project>>, StoreError> {
//!         self.projects.get(id).await
//!     }
//!
//!     pub async fn of(&self, owner: &String, page: &PageRequest) -> Result<Page<Stored<Project>>, StoreError> {
//!         self.projects.find(Project::BY_OWNER.matching(owner)).page(page).await
//!     }
//!
//!     pub async fn titled(&self, owner: &String, prefix: &str, page: &PageRequest) -> Result<Page<Stored<Project>>, StoreError> {
//!         self.projects.find(Project::BY_TITLE.matching(owner).starting_with(prefix)).page(page).await
//!     }
//!
//!     /// Renames it, unless somebody else was faster: then [`StoreError::Stale`].
//!     pub async fn rename(&self, project: Stored<Project>, title: Title) -> Result<Option<Stored<Project>>, StoreError> {
//!         let renamed = Project { title, ..project.value().clone() };
//!         let commit = self.store.commit(Batch::new().replace(&project, renamed.clone())).await?;
//!         Ok(commit.stored(project.id(), renamed))
//!     }
//!
//!     /// For others to put into their own batch, without seeing what is in it.
//!     pub fn deletion(&self, project: &Stored<Project>) -> Batch {
//!         Batch::new().delete(project)
//!     }
//! }
//!
//! # use std::sync::Arc;
//! # use palisade_core::ports::{SystemClock, SystemRng};
//! # use palisade_core::values::Id;
//! # use palisade_lib::store::{CursorKey, Location, Options};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let console = &palisade_core::identity::Console::for_tests();
//! # let folder = tempfile::tempdir()?;
//! # let clock = Arc::new(SystemClock::new());
//! # let options = Options { clock: clock.clone(), rng: Arc::new(SystemRng), cursor_key: CursorKey::new(&[7; 32]) };
//! # let location = Location::Sqlite(folder.path().join("palisade.db"));
//! let store = Store::open(console, &location, palisade_lib::collections![Project], options).await?;
//! let projects = ProjectRepository::new(&store)?;
//! # let id = ProjectId::generate(&*clock, &SystemRng);
//! # let title = |text| Title::parse(text).map_err(|_| "title");
//! # let insert = Batch::new().insert(&id, Project { owner: "ada".into(), title: title("Engine")? });
//! # store.commit(insert).await?;
//! # let project = projects.get(&id).await?.ok_or("not found")?;
//! # let renamed = projects.rename(project, title("Analytical Engine")?).await?.ok_or("not written")?;
//! # assert_eq!(renamed.revision(), 2);
//! # let page = projects.titled(&"ada".into(), "Anal", &PageRequest::default()).await?;
//! # assert_eq!(page.items.len(), 1);
//! # assert_eq!(projects.of(&"ada".into(), &PageRequest::default()).await?.items.len(), 1);
//! # store.commit(projects.deletion(&renamed)).await?;
//! # assert!(projects.get(&id).await?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! # Indexes and deleted documents
//!
//! Every index of a soft collection begins with *whether* the document is deleted, not with *when*: so live documents,
//! and deleted ones alike, are one contiguous, sorted piece of it, and neither costs a page of the other anything.

mod backup;
mod batch;
mod calls;
mod clock;
mod collection;
#[cfg(test)]
pub(crate) mod conformance;
mod copying;
mod cursor;
mod declare;
mod definition;
mod document;
mod engine;
mod fields;
mod index;
mod location;
mod strangers;
mod tail;
mod upkeep;
mod watch;

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use palisade_core::identity::Console;
use palisade_core::ports::{Clock, Rng};
use parking_lot::RwLock;

#[doc(hidden)]
pub use palisade_core::system::time::Timestamp;
#[doc(hidden)]
pub use palisade_core::values::{Key, KeyValue};

#[doc(hidden)]
pub use crate::engine::is_reserved;
pub use crate::engine::plan::Drift;
pub use crate::engine::{
    BATCH_DEADLINE, ClockReading, CollectionSpec, FieldSpec, IndexSpec, MAX_BATCH, MAX_DOCUMENT_BYTES,
    MAX_KEY_BYTES, MongoAddress, OpenError, SortSpec, StoreError, Stranger, WALK_STEP,
};
pub use backup::NewFile;
pub use batch::{Batch, Commit};
pub use calls::{Calls, Count};
pub use collection::{Collection, IncludingDeleted, NeedsPage};
pub use copying::{Checksum, Compared, Mirrored, Source};
pub use cursor::CursorKey;
pub use definition::Declared;
pub use document::{Document, DocumentId, Ephemeral, EphemeralDocument, Kind, Soft, SoftDocument, Stored};
pub use fields::{Fields, Upgrade, UpgradeError};
pub use index::{Index, Newest, Oldest, Query, SortKey};
pub use location::Location;
pub use tail::{Tail, Tailed};
pub use upkeep::{Census, Rewritten};

use calls::Counters;
use engine::Engine;
use watch::Watch;

use crate::engine::plan::{self, Form, RawDocument};

use crate::mongodb::MongoDb;
use crate::sqlite::Sqlite;

/// What a store is given by whoever opens it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The time. An engine that several machines write corrects it by the server's, unless it is driven.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// What makes cursors authentic.
    pub cursor_key: CursorKey,
}

/// The definition of a collection: what engines are told of it, and what only its type can do. Made from the type that is
/// declared with it ([`Declared`]), for the list a store is opened with.
#[derive(Debug)]
pub struct CollectionDef {
    pub(crate) spec: &'static CollectionSpec,
    /// Upgrading is the type's business, and upkeep has forgotten the type.
    pub(crate) rewrite: RewriteStep,
    /// So is knowing what is a time.
    pub(crate) translate: Translate,
}

impl Deref for CollectionDef {
    type Target = CollectionSpec;

    fn deref(&self) -> &CollectionSpec {
        self.spec
    }
}

/// What engines are told of these collections.
fn specs(collections: &[&'static CollectionDef]) -> Vec<&'static CollectionSpec> {
    collections.iter().map(|definition| definition.spec).collect()
}

/// A step of a rewrite, for a collection whose type has been forgotten.
pub(crate) type RewriteStep =
    for<'a> fn(
        &'a Store,
        Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Result<Rewritten, StoreError>> + Send + 'a>>;

/// Brings a document into the form of an engine, for a collection whose type has been forgotten.
pub(crate) type Translate = fn(RawDocument, Form, &dyn Rng) -> Result<RawDocument, StoreError>;

/// A connection to the document store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    cursor_key: CursorKey,
    /// Whether this handle is used beside the requests, to look after the store itself.
    beside: bool,
}

pub(crate) struct Inner {
    engine: Engine,
    rng: Arc<dyn Rng>,
    calls: Counters,
    collections: Vec<&'static CollectionDef>,
    clock: Arc<dyn Clock>,
    watch: Watch,
    /// Why nobody may use the store at the moment.
    withheld: RwLock<Option<&'static str>>,
    is_withheld: AtomicBool,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("engine", &self.inner.engine).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store and creates the collections and indexes that are not there yet. Only `main` can: whoever serves
    /// a request has the store that was opened for it, and no way to open another.
    ///
    /// # Errors
    /// What is wrong with the place or with the declarations, in words an operator can act on.
    pub async fn open(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Self, OpenError> {
        CollectionSpec::check_all(&specs(collections)).map_err(OpenError::Declaration)?;
        let clock = Arc::clone(&options.clock);
        let engine = match location {
            Location::Sqlite(path) => {
                Engine::Sqlite(Box::new(Sqlite::open(path.clone(), &specs(collections), clock).await?))
            }
            Location::MongoDb(address) => {
                let opened =
                    Box::pin(MongoDb::open(address, &specs(collections), clock, Arc::clone(&options.rng)))
                        .await?;
                Engine::MongoDb(Box::new(opened))
            }
        };
        let store = Self::over(engine, collections, options);
        store.learn().await.map_err(|error| match error {
            StoreError::Damaged { source, .. } => OpenError::Damaged { source },
            error @ StoreError::Unavailable { .. } => OpenError::Unreachable { source: error.into() },
            error => OpenError::Engine { doing: "reading its collections", source: error.into() },
        })?;
        Ok(store)
    }

    /// Opens the store as [`open`](Self::open) does, whatever happened to it before: for whoever puts something else there.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_to_fill(
        console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Self, OpenError> {
        let clock = Arc::clone(&options.clock);
        match location {
            Location::Sqlite(path) => {
                let engine = Sqlite::open_to_fill(path.clone(), &specs(collections), clock).await?;
                Ok(Self::over(Engine::Sqlite(Box::new(engine)), collections, options))
            }
            Location::MongoDb(_) => Self::open(console, location, collections, options).await,
        }
    }

    /// Opens a store that is there as it is: no collection and no index is made. `None` when nothing is there.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_as_it_is(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<Option<Self>, OpenError> {
        CollectionSpec::check_all(&specs(collections)).map_err(OpenError::Declaration)?;
        let clock = Arc::clone(&options.clock);
        let engine = match location {
            Location::Sqlite(path) => {
                let opened = Sqlite::open_as_it_is(path.clone(), &specs(collections), clock).await?;
                opened.map(|engine| Engine::Sqlite(Box::new(engine)))
            }
            Location::MongoDb(address) => {
                let rng = Arc::clone(&options.rng);
                let opened = MongoDb::open_as_it_is(address, &specs(collections), clock, rng).await?;
                opened.map(|engine| Engine::MongoDb(Box::new(engine)))
            }
        };
        Ok(engine.map(|engine| Self::over(engine, collections, options)))
    }

    /// Whether [`open`](Self::open) could make a store where there is none. Makes nothing that stays.
    ///
    /// # Errors
    /// What opening would say.
    pub async fn can_be_made(
        _console: &Console,
        location: &Location,
        collections: &[&'static CollectionDef],
        options: Options,
    ) -> Result<(), OpenError> {
        match location {
            Location::Sqlite(path) => crate::sqlite::can_be_made(path.clone()).await,
            Location::MongoDb(address) => {
                let Options { clock, rng, .. } = options;
                Box::pin(MongoDb::can_be_made(address, &specs(collections), clock, rng)).await
            }
        }
    }

    /// Whether opening would succeed, and the store can be written as requests write it: who has written there, the rights of
    /// its user, where there are any, and room. Nothing of it stays.
    ///
    /// # Errors
    /// What opening would say, or a request that writes.
    pub async fn try_writing(&self) -> Result<(), OpenError> {
        match &self.inner.engine {
            Engine::Sqlite(engine) => engine.try_all().await,
            Engine::MongoDb(engine) => Box::pin(engine.try_all()).await,
        }
    }

    fn over(engine: Engine, collections: &[&'static CollectionDef], options: Options) -> Self {
        let Options { clock, rng, cursor_key } = options;
        let (calls, watch) = (Counters::new(&specs(collections)), Watch::over(&specs(collections)));
        let inner = Inner {
            engine,
            rng,
            calls,
            collections: collections.to_vec(),
            clock,
            watch,
            withheld: RwLock::new(None),
            is_withheld: AtomicBool::new(false),
        };
        Self { inner: Arc::new(inner), cursor_key, beside: false }
    }

    /// A handle for whoever looks after the store itself: it goes on while the store is [withheld](Self::withhold), and what
    /// it does is not counted as calls.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { beside: true, ..self.clone() }
    }

    /// Refuses every read and write of this process from now on, saying why; or, with `None`, no more. What has begun goes
    /// on. For a store of which the content is not the one this process was started on.
    pub fn withhold(&self, why: Option<&'static str>) {
        *self.inner.withheld.write() = why;
        self.inner.is_withheld.store(why.is_some(), Ordering::Release);
    }

    /// Asked before anything is read or written.
    pub(crate) fn admit(&self) -> Result<(), StoreError> {
        if self.beside || !self.inner.is_withheld.load(Ordering::Acquire) {
            return Ok(());
        }
        match *self.inner.withheld.read() {
            Some(doing) => Err(StoreError::Unavailable { doing, source: None }),
            None => Ok(()),
        }
    }

    /// The same store with another cursor key: what is kept in the store may be what the key is derived from.
    #[must_use]
    pub fn with_cursor_key(self, cursor_key: CursorKey) -> Self {
        Self { cursor_key, ..self }
    }

    /// The documents of a type.
    ///
    /// # Errors
    /// [`StoreError::Undeclared`] when the store was opened without this type. Another type with a collection of the same
    /// name is not it.
    pub fn collection<T: Document>(&self) -> Result<Collection<T>, StoreError> {
        if self.declares(T::SPEC) {
            Ok(Collection::new(self.clone()))
        } else {
            Err(StoreError::Undeclared { collection: T::COLLECTION })
        }
    }

    /// Writes a batch: all of it, durably, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] or [`StoreError::Stale`] for the first write whose precondition does not hold,
    /// [`StoreError::Unstorable`] for a value that breaks a rule, [`StoreError::Unavailable`] when the engine cannot
    /// write, so that nothing of it was written, [`StoreError::Unknown`] when it may have been.
    pub async fn commit(&self, batch: Batch) -> Result<Commit, StoreError> {
        self.admit()?;
        let writes = batch.encode(self.inner.engine.form(), self.inner.rng.as_ref())?;
        for write in &writes {
            if !self.declares(write.collection) {
                return Err(StoreError::Undeclared { collection: write.collection.name });
            }
            self.inner.calls.write(write.collection.name);
        }
        if writes.is_empty() {
            let written = plan::Written { at: self.now(), documents: Vec::new() };
            return Ok(Commit(written));
        }
        let written = self.inner.noting(self.inner.engine.commit(writes).await)?;
        for (collection, ..) in &written.documents {
            self.inner.has_documents(collection);
        }
        Ok(Commit(written))
    }

    /// Whether the store was opened with this type.
    pub(crate) fn declares(&self, spec: &CollectionSpec) -> bool {
        self.inner.collections.iter().any(|declared| declared.of == spec.of)
    }

    /// The store's clock: the one that decides what has ended.
    pub fn now(&self) -> Timestamp {
        self.inner.engine.now()
    }

    /// Removes ended documents, at most [`WALK_STEP`] of each ephemeral collection. Reads never see them either way;
    /// this gives their place back. Tells whether there may be more.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn sweep(&self) -> Result<bool, StoreError> {
        self.admit()?;
        let mut more = false;
        for spec in self.inner.collections.iter().filter(|spec| spec.ephemeral) {
            more |=
                self.inner.noting(self.inner.engine.sweep(spec, WALK_STEP).await)? >= u64::from(WALK_STEP);
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

    /// Whether the indexes in the database are those that are declared.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn drift(&self) -> Result<Drift, StoreError> {
        self.inner.engine.drift().await
    }

    /// How often the store was called so far.
    pub fn calls(&self) -> Calls {
        self.inner.calls.snapshot()
    }
}

/// The list of collections a store is opened with: `collections![User, Session]`.
#[macro_export]
macro_rules! collections {
    ($($document:ty),* $(,)?) => { &[$(<$document as $crate::store::Declared>::DEF),*] };
}
