//! `GET /auth/session`: the signed-in user.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::Guest;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Success;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Sessions;
use palisade_modules::auth::types::sessions::CurrentSessionView;

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Sessions>> {
    route
        .limit(NORMAL)
        .optional()
        .no_input()
        .handle(session)
        .summary("The signed-in user; `user` is null for a caller who is not signed in.")
}

async fn session(
    sessions: Arc<Sessions>,
    guest: Guest,
    _: Nothing,
) -> Result<Success<CurrentSessionView>, AppError> {
    let current = sessions.current(guest).await?;
    Ok(Success::new(current))
}
