//! The input of the routes with which users administer other users.

use palisade_core::identity::UserId;
use palisade_core::input;
use palisade_core::input::CarriesPassword;
use palisade_core::utils::crypto::secret::SecretString;

use crate::revision::Revision;
use crate::user::types::{Name, PermissionList, PresentedPassword, Role};

input! {
    /// The new name of a user.
    pub struct RenameUser {
        path { id: UserId }
        body { name: Option<Name>, revision: Revision }
    }
}

input! {
    /// The new role of a user.
    pub struct SetRole {
        path { id: UserId }
        body { role: Role, revision: Revision }
    }
}

input! {
    /// The new permissions of a user beside those of the role.
    pub struct SetPermissions {
        path { id: UserId }
        body { permissions: PermissionList, revision: Revision }
    }
}

input! {
    /// The user to change, and the revision that the decision is based on, if it is based on one.
    pub struct ChangeUser {
        path { id: UserId }
        body { revision: Option<Revision> }
    }
}

input! {
    /// The user whose sessions to list.
    pub struct ListUserSessions {
        path { id: UserId }
    } with page
}

input! {
    /// The user to act as, and the password of the caller.
    pub struct Impersonate {
        path { id: UserId }
        body { password: Option<PresentedPassword> }
    }
}

impl CarriesPassword for Impersonate {
    fn presented_password(&self) -> Option<&SecretString> {
        self.password.as_ref().map(PresentedPassword::expose)
    }
}
