//! A user as read from the store.

use palisade_core::identity::{PermissionSet, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::languages::LanguageTag;
use palisade_lib::store::Stored;

use super::schema::UserDocument;
use super::types::{Email, PermissionList, Role, Status, UserView};
use crate::permissions::UserCreate;
use crate::product::Rights;

/// A user. Other modules see these methods and not how a user is stored; their writes about a user have the
/// precondition that the user has not changed since.
#[derive(Debug)]
pub(crate) struct User {
    stored: Stored<UserDocument>,
    rights: Rights,
}

impl User {
    pub(super) fn new(stored: Stored<UserDocument>, rights: Rights) -> Self {
        Self { stored, rights }
    }

    pub(super) fn stored(&self) -> &Stored<UserDocument> {
        &self.stored
    }

    pub(crate) fn id(&self) -> UserId {
        *self.stored.id()
    }

    pub(crate) fn email(&self) -> &Email {
        &self.stored.value().email
    }

    /// The language of mails to the user, if known.
    pub(crate) fn language(&self) -> Option<&LanguageTag> {
        self.stored.value().language.as_ref()
    }

    pub(crate) fn role(&self) -> Role {
        self.stored.value().role
    }

    /// The permissions of the user beyond those of the role.
    pub(crate) fn permissions(&self) -> &PermissionList {
        &self.stored.value().permissions
    }

    /// Rises with every change.
    pub(crate) fn revision(&self) -> i64 {
        self.stored.revision()
    }

    /// The permissions in the token: those of the role and the user's own.
    pub(crate) fn effective_permissions(&self) -> PermissionSet {
        self.permissions_with(self.role(), self.permissions())
    }

    /// The same with another role or other permissions of the user's own.
    pub(crate) fn permissions_with(&self, role: Role, own: &PermissionList) -> PermissionSet {
        self.rights.of_user(role, own.iter())
    }

    /// Every permission of this server.
    pub(crate) fn rights(&self) -> Rights {
        self.rights
    }

    /// Whether the user may invite somebody to this role now.
    pub(super) fn may_invite_to(&self, role: Role) -> bool {
        !self.is_suspended() && self.role().gives(role) && self.effective_permissions().has::<UserCreate>()
    }

    pub(crate) fn status(&self) -> Status {
        self.stored.value().status
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.status() == Status::Suspended
    }

    /// Whether a session or a link of this epoch is still valid: the user is active, and no sessions were ended
    /// since.
    pub(crate) fn is_active_in(&self, epoch: i64) -> bool {
        !self.is_suspended() && self.session_epoch() == epoch
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.stored.deleted_at().is_some()
    }

    pub(crate) fn created_at(&self) -> Timestamp {
        self.stored.created_at()
    }

    pub(crate) fn password(&self) -> Option<&PasswordHash> {
        self.stored.value().password.as_ref()
    }

    pub(crate) fn session_version(&self) -> i64 {
        self.stored.value().session_version
    }

    pub(crate) fn session_epoch(&self) -> i64 {
        self.stored.value().session_epoch
    }

    /// The view for answers.
    pub(crate) fn view(&self) -> UserView {
        UserView::of(&self.stored, self.rights)
    }
}
