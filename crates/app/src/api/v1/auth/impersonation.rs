//! `DELETE /auth/impersonation`: goes on as oneself.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::RefreshHolder;
use palisade_core::input::Nothing;
use palisade_core::limits::REFRESH;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Sessions;
use palisade_modules::auth::types::{SESSION_REVOKED, SessionView};

const ERRORS: &[&Code] = &[&SESSION_REVOKED];

pub(crate) fn declare_end(route: NewRoute) -> Route<Arc<Sessions>> {
    route
        .limit(REFRESH)
        .refresh_cookie()
        .no_input()
        .handle(end)
        .summary(
            "End an impersonation: its token is refused at once, and the administrator's session goes on.",
        )
        .errors(ERRORS)
        .clearing_cookies(ERRORS)
}

async fn end(
    sessions: Arc<Sessions>,
    holder: RefreshHolder,
    _: Nothing,
) -> Result<WithCookies<Success<SessionView>>, AppError> {
    let own = sessions.end_impersonation(holder).await?;
    Ok(Success::new(own.view).with_cookies(own.cookies))
}
