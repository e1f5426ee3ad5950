//! Changes of a user that somebody else makes, an administrator or the operator: what a change comes to for this user, and
//! its write together with its event.

use std::sync::Arc;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::PermissionSet;
use palisade_core::values::{Violation, ViolationCode};

use super::repository::Repository;
use super::terminations::Terminations;
use crate::audit::types::EventType;
use crate::audit::{self, Event};
use crate::retry::Attempt;
use crate::staged::Staged;
use crate::user::types::{LAST_SUPER_ADMIN, Name, PermissionList, Role, Status};
use crate::user::{self, User};

/// A change of a user.
#[derive(Debug)]
pub(super) enum Change {
    /// Another name, if there is one.
    Name(Option<Name>),
    Role(Role),
    /// Other permissions beside those of the role.
    Permissions(PermissionList),
    Status(Status),
    Deletion,
    Restoration,
    EndOfSessions,
}

impl Change {
    /// The event that reports it.
    pub(super) const fn event(&self) -> EventType {
        match self {
            Self::Name(_) => EventType::UserRenamed,
            Self::Role(_) => EventType::UserRoleChanged,
            Self::Permissions(_) => EventType::UserPermissionsChanged,
            Self::Status(Status::Suspended) => EventType::UserSuspended,
            Self::Status(Status::Active) => EventType::UserReactivated,
            Self::Deletion => EventType::UserDeleted,
            Self::Restoration => EventType::UserRestored,
            Self::EndOfSessions => EventType::UserSessionsEnded,
        }
    }

    /// Whether the user is so already.
    pub(super) fn is_needless(&self, user: &User) -> bool {
        match self {
            Self::Name(name) => name.is_none(),
            Self::Role(role) => user.role() == *role,
            Self::Permissions(permissions) => user.permissions() == permissions,
            Self::Status(status) => user.status() == *status,
            Self::Deletion | Self::Restoration | Self::EndOfSessions => false,
        }
    }

    /// Whether the user could still sign in: all permissions share one cookie.
    fn fits_into_a_token(&self, user: &User) -> Result<(), AppError> {
        let (held, field) = match self {
            Self::Role(role) => (user.permissions_with(*role, user.permissions()), "role"),
            Self::Permissions(own) => (user.permissions_with(user.role(), own), "permissions"),
            _ => return Ok(()),
        };
        if held.encoded_length() <= PermissionSet::MAX_ENCODED {
            return Ok(());
        }
        let message = "would give the user more permissions than an access cookie has room for";
        Err(AppError::validation(vec![Violation::new(ViolationCode::TooLong, message).at(field)]))
    }

    /// The event with what changes for this user.
    pub(super) fn describe(&self, user: &User, event: Event) -> Event {
        match self {
            Self::Name(_) => event.changing_personal("name"),
            Self::Role(role) => event.changing("role", user.role().as_str(), role.as_str()),
            Self::Permissions(permissions) => {
                event.changing("permissions", &user.permissions().to_string(), &permissions.to_string())
            }
            Self::Status(status) => event.changing("status", user.status().as_str(), status.as_str()),
            Self::Deletion | Self::Restoration | Self::EndOfSessions => event,
        }
    }
}

/// What is written.
enum Writes {
    /// Access tokens below this version are refused from then on.
    Ending((i64, Staged)),
    /// Access tokens stay valid.
    Quiet(Staged),
}

/// Makes such changes.
#[derive(Debug)]
pub(super) struct UserChanges {
    pub(super) repository: Arc<Repository>,
    pub(super) users: user::Service,
    pub(super) terminations: Arc<Terminations>,
    pub(super) audit: audit::Service,
}

impl UserChanges {
    /// Writes a change of the user, as read, with its event and the preconditions in `also`.
    ///
    /// # Errors
    /// `LAST_SUPER_ADMIN`; 400 for more permissions than a token has room for; 409 for the restoration of a user who is not deleted; 503.
    pub(super) async fn make(
        &self,
        user: &User,
        change: &Change,
        event: Event,
        also: Staged,
    ) -> Result<Attempt<()>, AppError> {
        change.fits_into_a_token(user)?;
        let written = match self.stage(user, change).await? {
            Writes::Ending((version, writes)) => {
                let writes = (version, writes.and(also));
                self.terminations.change(user, writes, event, Staged::nothing()).await
            }
            Writes::Quiet(writes) => {
                self.repository.change_user(writes.and(also), self.audit.stage(event)).await
            }
        };
        written.map_or_else(Attempt::unless_raced, |()| Ok(Attempt::Done(())))
    }

    async fn stage(&self, user: &User, change: &Change) -> Result<Writes, AppError> {
        let last = || AppError::new(&LAST_SUPER_ADMIN);
        Ok(match change {
            Change::Name(None) => Writes::Quiet(Staged::nothing()),
            Change::Name(Some(name)) => Writes::Quiet(user::Service::stage_name(user, name.clone())),
            Change::Role(role) => Writes::Ending(self.users.stage_role(user, *role).await?.ok_or_else(last)?),
            Change::Permissions(permissions) => {
                Writes::Ending(user::Service::stage_permissions(user, permissions.clone()))
            }
            Change::Status(status) => {
                Writes::Ending(self.users.stage_status(user, *status).await?.ok_or_else(last)?)
            }
            Change::Deletion => Writes::Ending(self.users.stage_deletion(user).await?.ok_or_else(last)?),
            Change::Restoration if !user.is_deleted() => {
                return Err(AppError::new(&codes::CONFLICT).with_message("This user is not deleted"));
            }
            Change::Restoration => Writes::Quiet(self.users.stage_restoration(user).await?),
            Change::EndOfSessions => Writes::Ending(user::Service::stage_end_of_sessions(user)),
        })
    }
}
