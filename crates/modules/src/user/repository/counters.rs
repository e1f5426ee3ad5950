//! What rises and falls with the changes of users: the counters of a user, and the number of super-admins.

use palisade_lib::store::{Batch, Stored};

use crate::user::schema::{GuardKey, SuperAdmins, UserDocument};
use crate::user::types::{Role, Status};

/// How many active super-admins this user is.
pub(super) fn active_super_admins(user: &UserDocument) -> i64 {
    i64::from(user.role == Role::SuperAdmin && user.status == Status::Active)
}

/// With so many more in the guard that counts active super-admins, which every such write also writes.
pub(super) fn counting(batch: Batch, guard: Option<&Stored<SuperAdmins>>, more: i64) -> Batch {
    match guard {
        _ if more == 0 => batch,
        Some(guard) => {
            let count = guard.value().count.saturating_add(more).max(0);
            batch.replace(guard, SuperAdmins { count })
        }
        None => batch.insert(&GuardKey::SuperAdmins, SuperAdmins { count: more.max(0) }),
    }
}

pub(super) fn risen(user: &UserDocument, by: i64) -> UserDocument {
    UserDocument {
        session_version: user.session_version.saturating_add(by),
        session_epoch: user.session_epoch.saturating_add(by),
        ..user.clone()
    }
}

/// With another version: access tokens of before are refused, and refreshing helps.
pub(super) fn newer(user: &UserDocument) -> UserDocument {
    UserDocument { session_version: user.session_version.saturating_add(1), ..user.clone() }
}
