//! Documents: stored values, their ids, the kinds of collections, and the metadata of each document.

use std::fmt;

use palisade_core::identity::{Owned, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::values::{Id, KeyValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fields::Upgrade;
use super::purge_rule::PurgeRule;
use crate::engine::{FieldSpec, IndexSpec, Meta};

/// The name of a document in its collection: a typed id, or a claim such as `email:…`.
///
/// `parse` must accept what `Display` wrote. At most [`MAX_KEY_BYTES`](super::MAX_KEY_BYTES) bytes, no NUL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot name a document",
    label = "not a `DocumentId`",
    note = "make it with `palisade_core::id!`, or implement `DocumentId` for a claim key of your own"
)]
pub trait DocumentId: fmt::Display + Clone + Send + Sync + Sized + 'static {
    /// Parses an id; `None` for anything that `Display` would not have written.
    fn parse(text: &str) -> Option<Self>;
}

impl<T: Id> DocumentId for T {
    fn parse(text: &str) -> Option<Self> {
        <T as Id>::parse(text)
    }
}

/// A stored type. Declared with [`collection!`](crate::collection).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a document",
    label = "not declared with `collection!`",
    note = "declare where and how it is kept: `collection! {{ {Self} in \"things\" {{ id: ThingId, version: 1, kind: soft(purge: with_owner(BY_OWNER)), index BY_OWNER: (owner: UserId) newest_first; }} }}`"
)]
pub trait Document: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name of a document.
    type Id: DocumentId;
    /// [`Soft`] or [`Ephemeral`].
    type Kind: Kind;
    /// The collection: lower-case letters and underscores.
    const COLLECTION: &'static str;
    /// The version that this program writes. Older ones are upgraded when read, newer ones refused.
    const SCHEMA_VERSION: u32;
    /// One step for each version but the newest: the first upgrades version 1 to version 2.
    const UPGRADES: &'static [Upgrade];
    /// The declared indexes.
    const INDEXES: &'static [&'static IndexSpec];
    /// Why the documents may vanish. Empty for [`Soft`] ones.
    const REASON: &'static str;
    /// Who removes documents for good.
    const PURGE: PurgeRule;

    /// Passes the name and the key of every index field to `each`.
    #[doc(hidden)]
    fn keys(&self, each: &mut dyn FnMut(&'static FieldSpec, KeyValue));

    /// When an ephemeral document ends. `None` exactly for soft ones.
    #[doc(hidden)]
    fn expiry(&self) -> Option<Timestamp>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Soft {}
    impl Sealed for super::Ephemeral {}
}

/// The two kinds of collection.
pub trait Kind: sealed::Sealed + Send + Sync + 'static {
    #[doc(hidden)]
    const EPHEMERAL: bool;
}

/// Deleting sets `deletedAt`, reads skip it, and only a purge after a retention removes the document.
#[derive(Debug)]
pub struct Soft;

impl Kind for Soft {
    const EPHEMERAL: bool = false;
}

/// Documents that end by themselves, for a declared reason: tickets, claims, revocations.
#[derive(Debug)]
pub struct Ephemeral;

impl Kind for Ephemeral {
    const EPHEMERAL: bool = true;
}

/// Soft-deleted documents.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not kept in a soft collection",
    label = "has no soft delete",
    note = "`delete`, `restore`, `purge` and the reading of deleted documents belong to `kind: soft(…)`; an ephemeral document is ended with `remove`"
)]
pub trait SoftDocument: Document<Kind = Soft> {}

/// Documents that may be removed outright.
#[diagnostic::on_unimplemented(
    message = "`{Self}` may not simply be removed",
    label = "kept in a soft collection",
    note = "use `delete`, and `purge` once its retention has passed; `remove` belongs to `kind: ephemeral(\"reason\", …)`"
)]
pub trait EphemeralDocument: Document<Kind = Ephemeral> {}

/// A document as it was read. It cannot be changed in place: a write names the one that it is based on.
#[derive(Clone)]
pub struct Stored<T: Document> {
    pub(crate) id: T::Id,
    pub(crate) meta: Meta,
    pub(crate) value: T,
}

impl<T: Document> Stored<T> {
    /// Its id.
    pub fn id(&self) -> &T::Id {
        &self.id
    }

    /// Starts at 1 and rises by one with every write.
    pub fn revision(&self) -> i64 {
        self.meta.revision
    }

    /// When it was inserted, by the store's clock.
    pub fn created_at(&self) -> Timestamp {
        self.meta.created_at
    }

    /// When it was last written, by the store's clock.
    pub fn updated_at(&self) -> Timestamp {
        self.meta.updated_at
    }

    /// When it was deleted. Always `None` unless the query includes deleted documents.
    pub fn deleted_at(&self) -> Option<Timestamp>
    where
        T: SoftDocument,
    {
        self.meta.deleted_at
    }

    /// When it ends.
    pub fn expires_at(&self) -> Timestamp
    where
        T: EphemeralDocument,
    {
        self.meta.expires_at.unwrap_or(Timestamp::EPOCH)
    }

    /// The stored value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Extracts the value.
    pub fn into_value(self) -> T {
        self.value
    }
}

/// A document as read belongs to whom its value belongs.
impl<T: Document + Owned> Owned for Stored<T> {
    fn owner(&self) -> UserId {
        self.value.owner()
    }
}

impl<T: Document> fmt::Debug for Stored<T> {
    /// Without the value, which may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("id", &format_args!("{}/{}", T::COLLECTION, self.id))
            .field("meta", &self.meta)
            .finish_non_exhaustive()
    }
}
