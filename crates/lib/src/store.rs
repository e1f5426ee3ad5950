//! The document store: one typed layer, over the engine of the deployment.
//!
//! Its rules are its interface, so none can be skipped: a query can only be formed from a declared index, many
//! documents can only be read one page at a time, a write names the document that it is based on, several writes are
//! one [`Batch`] without reads, and deletion is soft unless a collection gives a reason. Nothing of an engine may show
//! here: no SQL, no BSON, no raw document. So one repository serves every engine.
//!
//! ```
//! use palisade_core::identity::UserId;
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
//!     pub owner: UserId,
//!     pub title: Title,
//! }
//!
//! collection! {
//!     Project in "projects" {
//!         id: ProjectId,
//!         version: 1,
//!         kind: soft(purge: with_owner(BY_OWNER)),
//!         index BY_OWNER: (owner: UserId) newest_first;
//!         index BY_TITLE: (owner: UserId) ascending title: Title;
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
//!     pub async fn of(&self, owner: &UserId, page: &PageRequest) -> Result<Page<Stored<Project>>, StoreError> {
//!         self.projects.find(Project::BY_OWNER.matching(owner)).page(page).await
//!     }
//!
//!     pub async fn titled(&self, owner: &UserId, prefix: &str, page: &PageRequest) -> Result<Page<Stored<Project>>, StoreError> {
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
//! # let ada = UserId::generate(&*clock, &SystemRng);
//! # let insert = Batch::new().insert(&id, Project { owner: ada, title: title("Engine")? });
//! # store.commit(insert).await?;
//! # let project = projects.get(&id).await?.ok_or("not found")?;
//! # let renamed = projects.rename(project, title("Analytical Engine")?).await?.ok_or("not written")?;
//! # assert_eq!(renamed.revision(), 2);
//! # let page = projects.titled(&ada, "Anal", &PageRequest::default()).await?;
//! # assert_eq!(page.items.len(), 1);
//! # assert_eq!(projects.of(&ada, &PageRequest::default()).await?.items.len(), 1);
//! # store.commit(projects.deletion(&renamed)).await?;
//! # assert!(projects.get(&id).await?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! # Indexes and deleted documents
//!
//! Every index of a soft-deleting collection begins with *whether* the document is deleted, not with *when*: so
//! live documents are one contiguous, sorted piece of it, and so are deleted ones, and neither slows the pages of
//! the other.

mod backup;
mod batch;
mod calls;
mod check;
mod checksum;
mod clock;
mod collection;
#[cfg(test)]
pub(crate) mod conformance;
mod copying;
mod cursor;
mod declare;
mod decode;
mod definition;
mod document;
mod documents;
mod engine;
mod fields;
mod handle;
mod index;
mod location;
mod opening;
mod owned;
mod purge_rule;
mod purging;
mod rewriting;
mod rewritten;
mod running;
mod source;
mod specified;
mod strangers;
mod tail;
mod timing;
mod upkeep;
mod watch;

#[doc(hidden)]
pub use palisade_core::system::time::Timestamp;
#[doc(hidden)]
pub use palisade_core::values::{Key, KeyValue};

pub use crate::engine::belongs_to_palisade;
#[doc(hidden)]
pub use crate::engine::is_reserved;
pub use crate::engine::plan::Drift;
pub use crate::engine::{
    BATCH_DEADLINE, ClockReading, CollectionSpec, FieldSpec, IndexSpec, MAX_BATCH, MAX_DOCUMENT_BYTES,
    MAX_KEY_BYTES, OpenError, SortSpec, StoreError, Stranger, WALK_STEP,
};
pub use backup::NewFile;
pub use batch::{Batch, Commit};
pub use calls::{Calls, Count};
pub use checksum::Checksum;
pub use collection::{Collection, IncludingDeleted, NeedsPage};
pub use copying::{Compared, Mirrored};
pub use cursor::CursorKey;
pub use definition::Declared;
pub use document::{Document, DocumentId, Ephemeral, EphemeralDocument, Kind, Soft, SoftDocument, Stored};
pub use documents::Documents;
pub use fields::{Fields, Upgrade, UpgradeError};
pub use handle::{CollectionDef, Options, Store};
pub use index::{Index, Newest, Oldest, Query, SortKey};
pub use location::Location;
pub use owned::{OwnedDocument, OwnedDocuments};
pub use purge_rule::{OwnerKey, PurgeRule};
pub use purging::Removed;
pub use rewritten::Rewritten;
pub use source::Source;
pub use specified::Specified;
pub use tail::{Tail, Tailed};
pub use timing::Timing;
pub use upkeep::DocumentCounts;

/// The list of collections that a store is opened with: `collections![User, Session]`.
#[macro_export]
macro_rules! collections {
    ($($document:ty),* $(,)?) => { &[$(<$document as $crate::store::Declared>::DEF),*] };
}
