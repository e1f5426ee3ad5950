//! A user as read from the store.

use palisade_core::identity::{PermissionSet, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::languages::LanguageTag;
use palisade_lib::store::Stored;

use super::schema::UserDocument;
use super::types::{Email, PermissionList, Role, Status, UserView};
use crate::permissions::UserCreate;

/// A user. Other modules see these methods and not how a user is stored; their writes about a user have the
/// precondition that the user has not changed since.
#[derive(Debug)]
pub(crate) struct User(Stored<UserDocument>);

impl User {
    pub(super) fn new(stored: Stored<UserDocument>) -> Self {
        Self(stored)
    }

    pub(super) fn stored(&self) -> &Stored<UserDocument> {
        &self.0
    }

    pub(crate) fn id(&self) -> UserId {
        *self.0.id()
    }

    pub(crate) fn email(&self) -> &Email {
        &self.0.value().email
    }

    /// The language of mails to the user, if known.
    pub(crate) fn language(&self) -> Option<&LanguageTag> {
        self.0.value().language.as_ref()
    }

    pub(crate) fn role(&self) -> Role {
        self.0.value().role
    }

    /// The permissions of the user beyond those of the role.
    pub(crate) fn permissions(&self) -> &PermissionList {
        &self.0.value().permissions
    }

    /// Rises with every change.
    pub(crate) fn revision(&self) -> i64 {
        self.0.revision()
    }

    /// The permissions in the token: those of the role and the user's own.
    pub(crate) fn effective_permissions(&self) -> PermissionSet {
        self.role().with(self.0.value().permissions.iter())
    }

    /// Whether the user may invite somebody to this role now.
    pub(super) fn may_invite_to(&self, role: Role) -> bool {
        !self.is_suspended() && self.role().gives(role) && self.effective_permissions().has::<UserCreate>()
    }

    pub(crate) fn status(&self) -> Status {
        self.0.value().status
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
        self.0.deleted_at().is_some()
    }

    pub(crate) fn created_at(&self) -> Timestamp {
        self.0.created_at()
    }

    pub(crate) fn password(&self) -> Option<&PasswordHash> {
        self.0.value().password.as_ref()
    }

    pub(crate) fn session_version(&self) -> i64 {
        self.0.value().session_version
    }

    pub(crate) fn session_epoch(&self) -> i64 {
        self.0.value().session_epoch
    }

    /// The view for answers.
    pub(crate) fn view(&self) -> UserView {
        UserView::of(&self.0)
    }
}
