//! A person as read from the store, with the decisions that other modules may stage about them.

use std::time::Duration;

use palisade_core::identity::{PermissionSet, UserId};
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_lib::store::{Batch, Stored};

use super::schema::User;
use super::types::{Email, Role, Status, UserView};

/// More often than this nobody's sessions end between a backup and the day it is put back.
const AGE: i64 = 1_000_000;

/// A person. Other modules see what is here and nothing of how it is stored; what they stage is preconditioned on
/// the person not having changed since.
#[derive(Debug)]
pub(crate) struct Person(Stored<User>);

impl Person {
    pub(super) fn new(stored: Stored<User>) -> Self {
        Self(stored)
    }

    pub(crate) fn id(&self) -> UserId {
        *self.0.id()
    }

    pub(crate) fn email(&self) -> &Email {
        &self.0.value().email
    }

    pub(crate) fn role(&self) -> Role {
        self.0.value().role
    }

    /// What the token says they may do: the role's permissions and their own.
    pub(crate) fn effective_permissions(&self) -> PermissionSet {
        self.role().with(self.0.value().permissions.iter())
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.0.value().status == Status::Suspended
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

    /// As ever shown.
    pub(crate) fn view(&self) -> UserView {
        UserView::of(&self.0)
    }

    /// The same password under today's scheme and cost. Ends nothing.
    pub(crate) fn stage_password_upgrade(&self, hash: PasswordHash) -> Batch {
        Batch::new().replace(&self.0, User { password: Some(hash), ..self.0.value().clone() })
    }

    /// The person goes for good, if they still are deleted and were for as long.
    pub(super) fn stage_purge(&self, retention: Duration) -> Batch {
        Batch::new().purge(&self.0, retention)
    }

    /// The same after a backup was put back, for a person as they were then: past what they may have reached since.
    pub(super) fn stage_end_of_an_age(&self) -> Batch {
        let user = self.0.value().clone();
        let session_version = user.session_version.saturating_add(AGE);
        let session_epoch = user.session_epoch.saturating_add(AGE);
        Batch::new().replace(&self.0, User { session_version, session_epoch, ..user })
    }

    /// Ends every session: both counters rise. Gives the version below which access tokens are refused.
    pub(crate) fn stage_end_of_sessions(&self) -> (i64, Batch) {
        let user = self.0.value().clone();
        let session_version = user.session_version.saturating_add(1);
        let session_epoch = user.session_epoch.saturating_add(1);
        (session_version, Batch::new().replace(&self.0, User { session_version, session_epoch, ..user }))
    }
}
