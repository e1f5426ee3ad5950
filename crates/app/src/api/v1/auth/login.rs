//! `POST /auth/login`: signs in.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::Visitor;
use palisade_core::limits::LOGIN;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Logins;
use palisade_modules::auth::types::{
    ACCOUNT_SUSPENDED, EMAIL_NOT_VERIFIED, INVALID_CREDENTIALS, Login, SessionView,
};

const ERRORS: &[&Code] = &[&INVALID_CREDENTIALS, &EMAIL_NOT_VERIFIED, &ACCOUNT_SUSPENDED];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Logins>> {
    route
        .limit(LOGIN)
        .public()
        .input::<Login>()
        .limit_by(Login::account)
        .handle(login)
        .summary("Sign in with address and password. The tokens come as cookies.")
        .errors(ERRORS)
}

async fn login(
    logins: Arc<Logins>,
    visitor: Visitor,
    input: Login,
) -> Result<WithCookies<Success<SessionView>>, AppError> {
    let signed_in = logins.login(visitor, input).await?;
    Ok(Success::new(signed_in.view).with_cookies(signed_in.cookies))
}
