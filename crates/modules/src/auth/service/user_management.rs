//! What users with the permission do about other users, by id: the same changes as an operator makes, under the rules of
//! rank.
//!
//! Each decision rests on two users, the one who acts and the one it is about, and is written only if neither changed
//! since: an administrator who was suspended or demoted a moment ago decides nothing any more, and of two who demote each
//! other at once one succeeds.

pub(super) mod rank;

use std::sync::Arc;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Granted, GrantedInPerson, Permission, UserId};
use palisade_core::ports::Rng;
use palisade_core::utils::pagination::Page;

use crate::audit::{self, Act, Event};
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::session_entries::entry;
use crate::auth::types::SessionEntry;
use crate::auth::types::managing::{ChangeUser, ListUserSessions, RenameUser, SetPermissions, SetRole};
use crate::auth::user_changes::{Change, UserChanges};
use crate::permissions::{SessionRead, SessionRevoke, UserDelete, UserGrant, UserSuspend, UserUpdate};
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::revision::Revision;
use crate::user::types::{REVISION_MISMATCH, Status, UserPath, UserView};
use crate::user::{self, User};

/// Administers users for users who have the permission.
#[derive(Debug)]
pub struct UserManagement {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) changes: Arc<UserChanges>,
    pub(in crate::auth) audit: audit::Service,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

/// The user who acts, and the user it is about, as read.
struct Pair {
    actor: User,
    subject: User,
}

impl UserManagement {
    /// Changes the name of a user.
    ///
    /// # Errors
    /// 404; 403 for a user who is not of lower rank; `REVISION_MISMATCH`; 503.
    pub async fn rename(
        &self,
        by: GrantedInPerson<UserUpdate>,
        input: RenameUser,
    ) -> Result<UserView, AppError> {
        let RenameUser { id, name, revision } = input;
        self.change(&by, id, Some(revision), Change::Name(name)).await
    }

    /// Gives a user another role, with which they go on at their next request.
    ///
    /// # Errors
    /// As [`rename`](Self::rename); 403 also for a role that is not below the caller's own; `LAST_SUPER_ADMIN`.
    pub async fn set_role(
        &self,
        by: GrantedInPerson<UserGrant>,
        input: SetRole,
    ) -> Result<UserView, AppError> {
        let SetRole { id, role, revision } = input;
        self.change(&by, id, Some(revision), Change::Role(role)).await
    }

    /// Gives a user other permissions beside those of the role, with which they go on at their next request.
    ///
    /// # Errors
    /// As [`rename`](Self::rename); 403 also for a permission to give or take that the caller does not have.
    pub async fn set_permissions(
        &self,
        by: GrantedInPerson<UserGrant>,
        input: SetPermissions,
    ) -> Result<UserView, AppError> {
        let SetPermissions { id, permissions, revision } = input;
        self.change(&by, id, Some(revision), Change::Permissions(permissions)).await
    }

    /// Suspends a user: every session ends, and they cannot sign in.
    ///
    /// # Errors
    /// As [`rename`](Self::rename); `LAST_SUPER_ADMIN`.
    pub async fn suspend(
        &self,
        by: GrantedInPerson<UserSuspend>,
        input: ChangeUser,
    ) -> Result<UserView, AppError> {
        self.change(&by, input.id, input.revision, Change::Status(Status::Suspended)).await
    }

    /// Lets a suspended user sign in again.
    ///
    /// # Errors
    /// As [`rename`](Self::rename).
    pub async fn reactivate(
        &self,
        by: GrantedInPerson<UserSuspend>,
        input: ChangeUser,
    ) -> Result<UserView, AppError> {
        self.change(&by, input.id, input.revision, Change::Status(Status::Active)).await
    }

    /// Deletes a user: every session ends. The account can be restored until `DELETED_RETENTION` has passed.
    ///
    /// # Errors
    /// As [`suspend`](Self::suspend).
    pub async fn delete(&self, by: GrantedInPerson<UserDelete>, input: ChangeUser) -> Result<(), AppError> {
        self.change(&by, input.id, input.revision, Change::Deletion).await.map(drop)
    }

    /// Restores a deleted user. Sessions and links of before stay ended.
    ///
    /// # Errors
    /// As [`rename`](Self::rename); 409 for a user who is not deleted.
    pub async fn restore(
        &self,
        by: GrantedInPerson<UserDelete>,
        input: ChangeUser,
    ) -> Result<UserView, AppError> {
        self.change(&by, input.id, input.revision, Change::Restoration).await
    }

    /// Ends every session of a user.
    ///
    /// # Errors
    /// 404; 403 for a user who is not of lower rank; 503.
    pub async fn end_sessions(
        &self,
        by: GrantedInPerson<SessionRevoke>,
        input: UserPath,
    ) -> Result<(), AppError> {
        self.change(&by, input.id, None, Change::EndOfSessions).await.map(drop)
    }

    /// A page of the live sessions of a user, the newest first.
    ///
    /// # Errors
    /// 404; 400 for a cursor of another list; 503.
    pub async fn sessions(
        &self,
        by: Granted<SessionRead>,
        input: ListUserSessions,
    ) -> Result<Page<SessionEntry>, AppError> {
        let user = self.users.by_id(input.id).await?.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
        let live = self.repository.live_sessions(user.id(), user.session_epoch(), &input.page).await?;
        let current = by.user().principal().session_id();
        Ok(live.map(|session| entry(&session, current)))
    }

    /// Makes a change and writes it with its event; again when one of the two users changed meanwhile. An attempt that is
    /// refused is recorded, too.
    async fn change<P: Permission>(
        &self,
        by: &GrantedInPerson<P>,
        id: UserId,
        revision: Option<Revision>,
        change: Change,
    ) -> Result<UserView, AppError> {
        self.revocations.know_the_time().await?;
        let changed = retry_on_stale(self.rng.as_ref(), || async {
            let Pair { actor, subject } = self.read(by, id, &change).await?;
            let event = Act::of(by.user()).on(id, change.event());
            if let Err(refused) = rank::acts_on(&actor, &subject) {
                return self.refuse(refused, event).await;
            }
            if revision.is_some_and(|revision| revision.get() != subject.revision()) {
                return Err(AppError::new(&REVISION_MISMATCH));
            }
            if change.is_needless(&subject) {
                return Ok(Attempt::Done(()));
            }
            let event = change.describe(&subject, event);
            if let Err(refused) = rank::allows(&actor, &subject, &change) {
                return self.refuse(refused, event).await;
            }
            let still = user::Service::stage_unchanged(&actor);
            self.changes.make(&subject, &change, event, still).await
        });
        let contended = || lost_every_race("the account changed faster than it could be changed");
        changed.await?.ok_or_else(contended)?;
        let (actor, event) = (by.user().user_id(), change.event());
        tracing::info!(user_id = %actor, subject = %id, %event, "a user administered another");
        self.users.view_including_deleted(id).await
    }

    /// Records an attempt that is refused.
    async fn refuse<T>(&self, refused: AppError, event: Event) -> Result<T, AppError> {
        self.audit.record(event.refused()).await?;
        Err(refused)
    }

    /// Both users as they are now. The access token proved the permission when it was made: whether the caller still has it
    /// is read here, because what is decided stays.
    async fn read<P: Permission>(
        &self,
        by: &GrantedInPerson<P>,
        id: UserId,
        change: &Change,
    ) -> Result<Pair, AppError> {
        let actor = self.users.by_id(by.user().user_id()).await?.filter(|actor| !actor.is_suspended());
        let actor = actor.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
        if !actor.effective_permissions().has::<P>() {
            return Err(AppError::new(&codes::FORBIDDEN));
        }
        let subject = match change {
            Change::Restoration => self.users.by_id_including_deleted(id).await?,
            _ => self.users.by_id(id).await?,
        };
        Ok(Pair { actor, subject: subject.ok_or_else(|| AppError::new(&codes::NOT_FOUND))? })
    }
}
