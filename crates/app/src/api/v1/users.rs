//! `/users`: users.

pub(crate) mod api_keys;
pub(crate) mod impersonate;
pub(crate) mod permissions;
pub(crate) mod reactivate;
pub(crate) mod restore;
pub(crate) mod role;
pub(crate) mod sessions;
pub(crate) mod suspend;

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::{AuthenticatedUser, FreshUser, Granted, GrantedInPerson};
use palisade_core::input::Nothing;
use palisade_core::limits::{NORMAL, PASSWORD};
use palisade_core::output::{Created, Empty, Paginated, Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::types::DeleteAccount;
use palisade_modules::auth::types::invitations::{InviteUser, InvitedView};
use palisade_modules::auth::types::managing::{ChangeUser, RenameUser};
use palisade_modules::auth::{AccountDeletions, Invitations, UserManagement};
use palisade_modules::permissions::{UserCreate, UserDelete, UserRead, UserUpdate};
use palisade_modules::user::Service;
use palisade_modules::user::types::{
    EMAIL_TAKEN, LAST_SUPER_ADMIN, ListUsers, REVISION_MISMATCH, Rename, UserPath, UserView,
};

/// What changes an account: its own user, or another one. One state, because `/users/me` and `/users/{id}` are one table.
#[derive(Clone)]
pub(crate) struct Accounts {
    pub(crate) deletions: Arc<AccountDeletions>,
    pub(crate) management: Arc<UserManagement>,
}

const DELETING: &[&Code] = &[&LAST_SUPER_ADMIN];
const INVITING: &[&Code] = &[&EMAIL_TAKEN, &codes::CONFLICT];
const RENAMING: &[&Code] = &[&codes::CONFLICT];
const CHANGING: &[&Code] = &[&codes::NOT_FOUND, &REVISION_MISMATCH];
const DELETING_ANOTHER: &[&Code] = &[&codes::NOT_FOUND, &REVISION_MISMATCH, &LAST_SUPER_ADMIN];

pub(crate) fn declare_me(route: NewRoute) -> Route<Service> {
    route.limit(NORMAL).session().no_input().handle(me).summary("The signed-in user.")
}

pub(crate) fn declare_rename(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .session()
        .input::<Rename>()
        .handle(rename)
        .summary("Give the caller another name.")
        .errors(RENAMING)
}

pub(crate) fn declare_delete_me(route: NewRoute) -> Route<Accounts> {
    route
        .limit(PASSWORD)
        .fresh()
        .input::<DeleteAccount>()
        .handle(delete_me)
        .summary(
            "Delete the account of the caller. Ends every session; an operator can restore it for a while.",
        )
        .errors(DELETING)
}

pub(crate) fn declare_list(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires::<UserRead>()
        .key()
        .input::<ListUsers>()
        .handle(list)
        .summary("Users, newest first; with `q`, those whose address starts with it, by address.")
}

pub(crate) fn declare_invite(route: NewRoute) -> Route<Arc<Invitations>> {
    route
        .limit(NORMAL)
        .requires_in_person::<UserCreate>()
        .key()
        .input::<InviteUser>()
        .handle(invite)
        .summary("Invite somebody: mails a link. The user exists once the link is accepted.")
        .errors(INVITING)
}

pub(crate) fn declare_show(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires::<UserRead>()
        .key()
        .input::<UserPath>()
        .handle(show)
        .summary("One user, by id.")
}

pub(crate) fn declare_change(route: NewRoute) -> Route<Accounts> {
    route
        .limit(NORMAL)
        .requires_in_person::<UserUpdate>()
        .key()
        .input::<RenameUser>()
        .handle(change)
        .summary("Give a user another name.")
        .errors(CHANGING)
}

pub(crate) fn declare_delete(route: NewRoute) -> Route<Accounts> {
    route
        .limit(NORMAL)
        .requires_in_person::<UserDelete>()
        .key()
        .input::<ChangeUser>()
        .handle(delete)
        .summary("Delete a user: every session ends. The account can be restored for a while.")
        .errors(DELETING_ANOTHER)
}

async fn me(users: Service, caller: AuthenticatedUser, _: Nothing) -> Result<Success<UserView>, AppError> {
    let user = users.me(caller).await?;
    Ok(Success::new(user))
}

async fn rename(
    users: Service,
    caller: AuthenticatedUser,
    input: Rename,
) -> Result<Success<UserView>, AppError> {
    let user = users.rename(caller, input).await?;
    Ok(Success::new(user))
}

async fn delete_me(
    accounts: Accounts,
    caller: FreshUser,
    input: DeleteAccount,
) -> Result<WithCookies<Success<Empty>>, AppError> {
    let cookies = accounts.deletions.delete(caller, input).await?;
    Ok(Success::new(Empty {}).with_cookies(cookies))
}

async fn list(
    users: Service,
    by: Granted<UserRead>,
    input: ListUsers,
) -> Result<Paginated<UserView>, AppError> {
    let users = users.list(by, input).await?;
    Ok(Paginated::new(users))
}

async fn invite(
    invitations: Arc<Invitations>,
    by: GrantedInPerson<UserCreate>,
    input: InviteUser,
) -> Result<Created<InvitedView>, AppError> {
    let invited = invitations.invite(by, input).await?;
    Ok(Created::new(invited))
}

async fn show(users: Service, by: Granted<UserRead>, input: UserPath) -> Result<Success<UserView>, AppError> {
    let user = users.show(by, input).await?;
    Ok(Success::new(user))
}

async fn change(
    accounts: Accounts,
    by: GrantedInPerson<UserUpdate>,
    input: RenameUser,
) -> Result<Success<UserView>, AppError> {
    let user = accounts.management.rename(by, input).await?;
    Ok(Success::new(user))
}

async fn delete(
    accounts: Accounts,
    by: GrantedInPerson<UserDelete>,
    input: ChangeUser,
) -> Result<Success<Empty>, AppError> {
    accounts.management.delete(by, input).await?;
    Ok(Success::new(Empty {}))
}
