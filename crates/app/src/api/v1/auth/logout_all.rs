//! `POST /auth/logout-all`: ends every session of the caller.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::Person;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Sessions;

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Sessions>> {
    route.limit(NORMAL).in_person().no_input().handle(logout_all).summary("End every session of the caller.")
}

async fn logout_all(
    sessions: Arc<Sessions>,
    caller: Person,
    _: Nothing,
) -> Result<WithCookies<Success<Empty>>, AppError> {
    let cleared = sessions.logout_all(caller).await?;
    Ok(Success::new(Empty {}).with_cookies(cleared))
}
