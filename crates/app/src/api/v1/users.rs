//! `/users`: users.

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::{AuthenticatedUser, Granted};
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::{Paginated, Success};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::user::Service;
use palisade_modules::user::types::permission::UserRead;
use palisade_modules::user::types::{ListUsers, Rename, UserPath, UserView};

const RENAMING: &[&Code] = &[&codes::CONFLICT];

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

pub(crate) fn declare_list(route: NewRoute) -> Route<Service> {
    route
        .limit(NORMAL)
        .requires::<UserRead>()
        .input::<ListUsers>()
        .handle(list)
        .summary("Users, newest first; with `q`, those whose address starts with it, by address.")
}

pub(crate) fn declare_show(route: NewRoute) -> Route<Service> {
    route.limit(NORMAL).requires::<UserRead>().input::<UserPath>().handle(show).summary("One user, by id.")
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

async fn list(
    users: Service,
    by: Granted<UserRead>,
    input: ListUsers,
) -> Result<Paginated<UserView>, AppError> {
    let users = users.list(by, input).await?;
    Ok(Paginated::new(users))
}

async fn show(users: Service, by: Granted<UserRead>, input: UserPath) -> Result<Success<UserView>, AppError> {
    let user = users.show(by, input).await?;
    Ok(Success::new(user))
}
