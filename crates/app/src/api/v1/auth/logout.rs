//! `POST /auth/logout`: ends a session.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::Guest;
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Sessions;
use palisade_modules::auth::types::Logout;

const ERRORS: &[&Code] = &[&codes::AUTH_401];
const CLEARING: &[&Code] = &[&codes::AUTH_401, &codes::MALFORMED_REQUEST];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Sessions>> {
    route
            .limit(NORMAL)
            .optional()
            .input::<Logout>()
            .handle(logout)
            .summary("End the sessions of all tokens in the request, whatever their age. Their access tokens stop working at once.")
            .errors(ERRORS)
            .clearing_cookies(CLEARING)
}

async fn logout(
    sessions: Arc<Sessions>,
    guest: Guest,
    input: Logout,
) -> Result<WithCookies<Success<Empty>>, AppError> {
    let cleared = sessions.logout(guest, input).await?;
    Ok(Success::new(Empty {}).with_cookies(cleared))
}
