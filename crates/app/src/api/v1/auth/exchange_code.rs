//! `POST /auth/exchange-code`: gives an app the session of a sign-in that the system browser made for it.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::Visitor;
use palisade_core::limits::TOKEN;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::OAuthSignIns;
use palisade_modules::auth::types::oauth::ExchangeCode;
use palisade_modules::auth::types::{SessionView, TOKEN_INVALID};

const ERRORS: &[&Code] = &[&TOKEN_INVALID];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<OAuthSignIns>> {
    route
        .limit(TOKEN)
        .public()
        .input::<ExchangeCode>()
        .handle(exchange)
        .summary("Sign an app in with the code at its address and the verifier of its challenge.")
        .errors(ERRORS)
}

async fn exchange(
    oauth: Arc<OAuthSignIns>,
    visitor: Visitor,
    input: ExchangeCode,
) -> Result<WithCookies<Success<SessionView>>, AppError> {
    let signed_in = oauth.exchange(visitor, input).await?;
    Ok(Success::new(signed_in.view).with_cookies(signed_in.cookies))
}
