//! `POST /auth/confirm-identity`: joins an account at a provider whose address is confirmed with a mailed link.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::Visitor;
use palisade_core::limits::TOKEN;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::IdentityConfirmations;
use palisade_modules::auth::types::oauth::ConfirmIdentity;
use palisade_modules::auth::types::{ACCOUNT_SUSPENDED, OTHER_BROWSER, SessionView, TOKEN_INVALID};

const ERRORS: &[&Code] = &[&TOKEN_INVALID, &OTHER_BROWSER, &ACCOUNT_SUSPENDED];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<IdentityConfirmations>> {
    route
        .limit(TOKEN)
        .public()
        .input::<ConfirmIdentity>()
        .handle(confirm)
        .summary(
            "Join the account at a provider that this browser brought, with a link that was mailed to its address, and sign in.",
        )
        .errors(ERRORS)
}

async fn confirm(
    confirmations: Arc<IdentityConfirmations>,
    visitor: Visitor,
    input: ConfirmIdentity,
) -> Result<WithCookies<Success<SessionView>>, AppError> {
    let signed_in = confirmations.confirm(visitor, input).await?;
    Ok(Success::new(signed_in.view).with_cookies(signed_in.cookies))
}
