//! `POST /auth/refresh`: continues a session.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::RefreshHolder;
use palisade_core::input::Nothing;
use palisade_core::limits::REFRESH;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Sessions;
use palisade_modules::auth::types::{SESSION_REVOKED, SessionView};

const ERRORS: &[&Code] = &[&SESSION_REVOKED, &codes::IMPERSONATING];
const CLEARING: &[&Code] = &[&SESSION_REVOKED];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Sessions>> {
    route
        .limit(REFRESH)
        .refresh_cookie()
        .no_input()
        .handle(refresh)
        .summary("Continue a session: a new access token and the next refresh token.")
        .errors(ERRORS)
        .clearing_cookies(CLEARING)
}

async fn refresh(
    sessions: Arc<Sessions>,
    holder: RefreshHolder,
    _: Nothing,
) -> Result<WithCookies<Success<SessionView>>, AppError> {
    let signed_in = sessions.refresh(holder).await?;
    Ok(Success::new(signed_in.view).with_cookies(signed_in.cookies))
}
