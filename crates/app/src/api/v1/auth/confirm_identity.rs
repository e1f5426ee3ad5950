//! `POST /auth/confirm-identity`: joins an account at a provider whose address is confirmed with a mailed link.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::Guest;
use palisade_core::limits::TOKEN;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::IdentityConfirmations;
use palisade_modules::auth::types::oauth::ConfirmIdentity;
use palisade_modules::auth::types::{ACCOUNT_SUSPENDED, SessionView, TOKEN_INVALID};

const ERRORS: &[&Code] = &[&TOKEN_INVALID, &codes::REAUTHENTICATION_REQUIRED, &ACCOUNT_SUSPENDED];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<IdentityConfirmations>> {
    route
        .limit(TOKEN)
        .optional()
        .input::<ConfirmIdentity>()
        .handle(confirm)
        .summary(
            "Join an account at a provider with a mailed link, in the browser that came from the provider or after a recent \
             sign-in, and sign in.",
        )
        .errors(ERRORS)
}

async fn confirm(
    confirmations: Arc<IdentityConfirmations>,
    guest: Guest,
    input: ConfirmIdentity,
) -> Result<WithCookies<Success<SessionView>>, AppError> {
    let signed_in = confirmations.confirm(guest, input).await?;
    Ok(Success::new(signed_in.view).with_cookies(signed_in.cookies))
}
