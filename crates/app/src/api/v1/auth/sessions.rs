//! `/auth/sessions`: the sessions of the caller.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::Person;
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Paginated, Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Sessions;
use palisade_modules::auth::types::{ListSessions, SessionEntry, SessionPath};

const ENDING: &[&Code] = &[&codes::NOT_FOUND];

pub(crate) fn declare_list(route: NewRoute) -> Route<Arc<Sessions>> {
    route
        .limit(NORMAL)
        .in_person()
        .input::<ListSessions>()
        .handle(list)
        .summary("The sessions of the caller, newest first.")
}

pub(crate) fn declare_end(route: NewRoute) -> Route<Arc<Sessions>> {
    route
        .limit(NORMAL)
        .in_person()
        .input::<SessionPath>()
        .handle(end)
        .summary("End one session of the caller. Its access token stops working at once.")
        .errors(ENDING)
}

async fn list(
    sessions: Arc<Sessions>,
    caller: Person,
    input: ListSessions,
) -> Result<Paginated<SessionEntry>, AppError> {
    let live = sessions.list(caller, input).await?;
    Ok(Paginated::new(live))
}

async fn end(
    sessions: Arc<Sessions>,
    caller: Person,
    input: SessionPath,
) -> Result<WithCookies<Success<Empty>>, AppError> {
    let cleared = sessions.end_one(caller, input).await?;
    Ok(Success::new(Empty {}).with_cookies(cleared))
}
