//! `/invitations`: offers of accounts that nobody has accepted yet.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::{Granted, GrantedInPerson};
use palisade_core::limits::NORMAL;
use palisade_core::output::{Accepted, Empty, Paginated, Success};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Invitations;
use palisade_modules::auth::types::invitations::{InvitationPath, InvitationView, ListInvitations};
use palisade_modules::permissions::{UserCreate, UserRead};
use palisade_modules::user::types::EMAIL_TAKEN;

const RESENDING: &[&Code] = &[&codes::NOT_FOUND, &EMAIL_TAKEN];
const WITHDRAWING: &[&Code] = &[&codes::NOT_FOUND];

pub(crate) fn declare_list(route: NewRoute) -> Route<Arc<Invitations>> {
    route
        .limit(NORMAL)
        .requires::<UserRead>()
        .key()
        .input::<ListInvitations>()
        .handle(list)
        .summary("Pending invitations, newest first.")
}

pub(crate) fn declare_resend(route: NewRoute) -> Route<Arc<Invitations>> {
    route
        .limit(NORMAL)
        .requires_in_person::<UserCreate>()
        .key()
        .input::<InvitationPath>()
        .handle(resend)
        .summary("Mail another link, which replaces the earlier one and is valid for as long.")
        .errors(RESENDING)
}

pub(crate) fn declare_withdraw(route: NewRoute) -> Route<Arc<Invitations>> {
    route
        .limit(NORMAL)
        .requires_in_person::<UserCreate>()
        .key()
        .input::<InvitationPath>()
        .handle(withdraw)
        .summary("Withdraw an invitation: its link is invalid from now on.")
        .errors(WITHDRAWING)
}

async fn list(
    invitations: Arc<Invitations>,
    by: Granted<UserRead>,
    input: ListInvitations,
) -> Result<Paginated<InvitationView>, AppError> {
    let pending = invitations.list(by, input).await?;
    Ok(Paginated::new(pending))
}

async fn resend(
    invitations: Arc<Invitations>,
    by: GrantedInPerson<UserCreate>,
    input: InvitationPath,
) -> Result<Accepted, AppError> {
    invitations.resend(by, input).await?;
    Ok(Accepted::new())
}

async fn withdraw(
    invitations: Arc<Invitations>,
    by: GrantedInPerson<UserCreate>,
    input: InvitationPath,
) -> Result<Success<Empty>, AppError> {
    invitations.withdraw(by, input).await?;
    Ok(Success::new(Empty {}))
}
