//! Whether the person behind an invitation may still invite: asked when its mail leaves, and when it is accepted.

use palisade_core::errors::AppError;

use super::schema::{Invitation, InvitedBy};
use crate::staged::Staged;
use crate::user;

/// Stages the precondition that the inviter may still invite to the role of the invitation; `None` if not. So an
/// administrator who was suspended, demoted or deleted leaves no way in behind.
///
/// # Errors
/// 503 when the store is down.
pub(super) async fn still_vouched(
    users: &user::Service,
    invitation: &Invitation,
) -> Result<Option<Staged>, AppError> {
    match invitation.invited_by {
        InvitedBy::User { user } => users.stage_inviter(user, invitation.role).await,
        InvitedBy::Operator => Ok(Some(Staged::nothing())),
    }
}
