//! Who removes the documents of a collection for good.

use palisade_core::identity::UserId;

use crate::engine::IndexSpec;

/// Who removes the documents of a collection for good. Declared with [`collection!`](crate::collection): a soft collection says
/// it.
#[derive(Clone, Copy, Debug)]
pub enum PurgeRule {
    /// The store, once they have been deleted for the retention: `soft(purge: after_retention)`.
    AfterRetention,
    /// The store, in the same way, and all of a user with that user: `soft(purge: with_owner(BY_OWNER))`.
    WithOwner(OwnerKey),
    /// The module of the collection, in the way that the text tells: `soft(purge: by("…"))`.
    By(&'static str),
    /// They end by themselves: `ephemeral("…", …)`.
    AtTheirEnd,
}

/// Where a document says which user it belongs to.
#[derive(Clone, Copy, Debug)]
pub enum OwnerKey {
    /// Its id is that of the user, who has one such document at most.
    Id,
    /// This index has the user as its key.
    Index(&'static IndexSpec),
}

impl PurgeRule {
    /// The owner of a document.
    pub(super) fn owner_key(&self) -> Option<OwnerKey> {
        match self {
            Self::WithOwner(key) => Some(*key),
            Self::AfterRetention | Self::By(_) | Self::AtTheirEnd => None,
        }
    }

    /// Whether the store removes what was deleted long ago.
    pub(super) fn is_by_retention(&self) -> bool {
        matches!(self, Self::AfterRetention | Self::WithOwner(_))
    }

    #[doc(hidden)]
    pub const fn with_owner_id<I: OwnerId>() -> Self {
        Self::WithOwner(OwnerKey::Id)
    }

    #[doc(hidden)]
    pub const fn with_owner_by<I: OwnerIndex>(_: &I, spec: &'static IndexSpec) -> Self {
        Self::WithOwner(OwnerKey::Index(spec))
    }
}

/// An index whose only key is the user that a document belongs to.
#[diagnostic::on_unimplemented(
    message = "this index does not tell whom a document belongs to",
    label = "its only key must be a `UserId`",
    note = "`soft(purge: with_owner(BY_OWNER))` names an index such as `index BY_OWNER: (owner: UserId) newest_first;`"
)]
pub trait OwnerIndex {}

/// An id that tells whom a document belongs to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell whom a document belongs to",
    label = "`with_owner(id)` is for documents whose id is a `UserId`",
    note = "declare `id: UserId`, or name an index: `soft(purge: with_owner(BY_OWNER))`"
)]
pub trait OwnerId {}

impl OwnerId for UserId {}
