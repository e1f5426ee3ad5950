//! `/users/{id}/sessions`: where a user is signed in.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::{Granted, GrantedInPerson};
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Paginated, Success};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::UserManagement;
use palisade_modules::auth::types::SessionEntry;
use palisade_modules::auth::types::managing::ListUserSessions;
use palisade_modules::permissions::{SessionRead, SessionRevoke};
use palisade_modules::user::types::UserPath;

const ERRORS: &[&Code] = &[&codes::NOT_FOUND];

pub(crate) fn declare_list(route: NewRoute) -> Route<Arc<UserManagement>> {
    route
        .limit(NORMAL)
        .requires::<SessionRead>()
        .input::<ListUserSessions>()
        .handle(list)
        .summary("The sessions of a user, newest first.")
        .errors(ERRORS)
}

pub(crate) fn declare_end(route: NewRoute) -> Route<Arc<UserManagement>> {
    route
        .limit(NORMAL)
        .requires_in_person::<SessionRevoke>()
        .input::<UserPath>()
        .handle(end)
        .summary("End every session of a user. Their access tokens stop working at once.")
        .errors(ERRORS)
}

async fn list(
    users: Arc<UserManagement>,
    by: Granted<SessionRead>,
    input: ListUserSessions,
) -> Result<Paginated<SessionEntry>, AppError> {
    let live = users.sessions(by, input).await?;
    Ok(Paginated::new(live))
}

async fn end(
    users: Arc<UserManagement>,
    by: GrantedInPerson<SessionRevoke>,
    input: UserPath,
) -> Result<Success<Empty>, AppError> {
    users.end_sessions(by, input).await?;
    Ok(Success::new(Empty {}))
}
