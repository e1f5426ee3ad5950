//! Changes of a user, staged for whoever writes them with what follows from them.

use palisade_core::utils::crypto::password::PasswordHash;
use palisade_lib::store::{Batch, Stored};

use super::Repository;
use super::counters::{active_super_admins, counting, newer, risen};
use crate::staged::Staged;
use crate::user::schema::{SuperAdmins, UserDocument};
use crate::user::types::{Name, PermissionList, Role, Status};

impl Repository {
    /// Raises both counters, which ends every session of a user. Returns the version below which access tokens are
    /// refused.
    pub(in crate::user) fn stage_end_of_sessions(read: &Stored<UserDocument>) -> (i64, Staged) {
        let risen = risen(read.value(), 1);
        (risen.session_version, Batch::new().replace(read, risen).into())
    }

    /// Stores another password, which ends every session of a user. Returns the version below which access tokens are
    /// refused.
    pub(in crate::user) fn stage_password(read: &Stored<UserDocument>, hash: PasswordHash) -> (i64, Staged) {
        let changed = UserDocument { password: Some(hash), ..risen(read.value(), 1) };
        (changed.session_version, Batch::new().replace(read, changed).into())
    }

    /// Another name. Ends nothing.
    pub(in crate::user) fn stage_name(read: &Stored<UserDocument>, name: Name) -> Staged {
        let renamed = UserDocument { name: Some(name), ..read.value().clone() };
        Batch::new().replace(read, renamed).into()
    }

    /// Other permissions, which raises the version: sessions go on, with the new permissions. Returns the version below
    /// which access tokens are refused.
    pub(in crate::user) fn stage_permissions(
        read: &Stored<UserDocument>,
        permissions: PermissionList,
    ) -> (i64, Staged) {
        let changed = UserDocument { permissions, ..newer(read.value()) };
        (changed.session_version, Batch::new().replace(read, changed).into())
    }

    /// Another status. Suspending raises both counters, which ends every session; reactivating raises the version. `guard`
    /// counts active super-admins and is written where their number changes. Gives the version below which access tokens
    /// are refused.
    pub(in crate::user) fn stage_status(
        read: &Stored<UserDocument>,
        status: Status,
        guard: Option<&Stored<SuperAdmins>>,
    ) -> (i64, Staged) {
        let changed = match status {
            Status::Suspended => UserDocument { status, ..risen(read.value(), 1) },
            Status::Active => UserDocument { status, ..newer(read.value()) },
        };
        let more = active_super_admins(&changed) - active_super_admins(read.value());
        let version = changed.session_version;
        (version, counting(Batch::new().replace(read, changed), guard, more).into())
    }

    /// Another role, which raises the version: sessions go on, with the permissions of the new role. `guard` counts
    /// super-admins and is written where their number changes.
    pub(in crate::user) fn stage_role(
        read: &Stored<UserDocument>,
        role: Role,
        guard: Option<&Stored<SuperAdmins>>,
    ) -> (i64, Staged) {
        let changed = UserDocument { role, ..newer(read.value()) };
        let more = active_super_admins(&changed) - active_super_admins(read.value());
        let version = changed.session_version;
        (version, counting(Batch::new().replace(read, changed), guard, more).into())
    }

    /// Deletes a user, which ends every session; the claims stay, so nobody else gets the address. `guard` counts
    /// super-admins and is written where their number changes. Returns the version below which access tokens are refused.
    pub(in crate::user) fn stage_deletion(
        read: &Stored<UserDocument>,
        guard: Option<&Stored<SuperAdmins>>,
    ) -> (i64, Staged) {
        let deleted = risen(read.value(), 1);
        let (version, more) = (deleted.session_version, -active_super_admins(read.value()));
        (version, counting(Batch::new().delete_as(read, deleted), guard, more).into())
    }

    /// Restores a deleted user. `guard` counts active super-admins and is written where their number changes.
    pub(in crate::user) fn stage_restoration(
        read: &Stored<UserDocument>,
        guard: Option<&Stored<SuperAdmins>>,
    ) -> Staged {
        counting(Batch::new().restore(read), guard, active_super_admins(read.value())).into()
    }

    /// The precondition that a user is as read.
    pub(in crate::user) fn stage_unchanged(read: &Stored<UserDocument>) -> Staged {
        Batch::new().touch(read).into()
    }
}
