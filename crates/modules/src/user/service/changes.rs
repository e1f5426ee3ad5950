//! Changes of a user that somebody else decides, staged for a caller who writes them with their event. Each fails as stale
//! if the user changed since the read.

use palisade_core::errors::AppError;

use super::{Service, is_last};
use crate::staged::Staged;
use crate::user::handle::User;
use crate::user::repository::Repository;
use crate::user::types::{Name, PermissionList, Role, Status};

impl Service {
    /// Stages the precondition that a user is as read.
    pub(crate) fn stage_unchanged(user: &User) -> Staged {
        Repository::stage_unchanged(user.stored())
    }

    /// Stages another name. Access tokens stay valid.
    pub(crate) fn stage_name(user: &User, name: Name) -> Staged {
        Repository::stage_name(user.stored(), name)
    }

    /// Stages other permissions, for a caller that also revokes the access tokens.
    pub(crate) fn stage_permissions(user: &User, permissions: PermissionList) -> (i64, Staged) {
        Repository::stage_permissions(user.stored(), permissions)
    }

    /// Stages another status, for a caller that also revokes the access tokens. `None` for the last active super-admin.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn stage_status(
        &self,
        user: &User,
        status: Status,
    ) -> Result<Option<(i64, Staged)>, AppError> {
        if user.role() != Role::SuperAdmin {
            return Ok(Some(Repository::stage_status(user.stored(), status, None)));
        }
        let guard = self.0.repository.super_admins().await?;
        let is_last = status == Status::Suspended && is_last(guard.as_ref());
        Ok((!is_last).then(|| Repository::stage_status(user.stored(), status, guard.as_ref())))
    }

    /// Stages another role, for a caller that also revokes the access tokens. `None` for the last super-admin.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn stage_role(
        &self,
        user: &User,
        role: Role,
    ) -> Result<Option<(i64, Staged)>, AppError> {
        let guard = self.0.repository.super_admins().await?;
        let is_active = user.role() == Role::SuperAdmin && !user.is_suspended();
        if is_active && role != Role::SuperAdmin && is_last(guard.as_ref()) {
            return Ok(None);
        }
        Ok(Some(Repository::stage_role(user.stored(), role, guard.as_ref())))
    }

    /// Stages the deletion of a user, for a caller that also revokes the access tokens. `None` for the last super-admin.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn stage_deletion(&self, user: &User) -> Result<Option<(i64, Staged)>, AppError> {
        if user.role() != Role::SuperAdmin {
            return Ok(Some(Repository::stage_deletion(user.stored(), None)));
        }
        let guard = self.0.repository.super_admins().await?;
        Ok((!is_last(guard.as_ref())).then(|| Repository::stage_deletion(user.stored(), guard.as_ref())))
    }

    /// Stages the restoration of a deleted user, whose sessions stay ended.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn stage_restoration(&self, user: &User) -> Result<Staged, AppError> {
        let guard = self.0.repository.super_admins().await?;
        Ok(Repository::stage_restoration(user.stored(), guard.as_ref()))
    }
}
