//! `POST /auth/verify-email`: proves a mailbox.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::Visitor;
use palisade_core::limits::TOKEN;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Registrations;
use palisade_modules::auth::types::{PASSWORD_REQUIRED, TOKEN_INVALID, VerifiedView, VerifyEmail};

const ERRORS: &[&Code] = &[&TOKEN_INVALID, &PASSWORD_REQUIRED];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Registrations>> {
    route
        .limit(TOKEN)
        .public()
        .input::<VerifyEmail>()
        .handle(verify_email)
        .summary("Confirm an email address with the token of the mailed link. This creates the account.")
        .errors(ERRORS)
}

async fn verify_email(
    registrations: Arc<Registrations>,
    visitor: Visitor,
    input: VerifyEmail,
) -> Result<WithCookies<Success<VerifiedView>>, AppError> {
    let proven = registrations.verify_email(visitor, input).await?;
    Ok(Success::new(proven.view).with_cookies(proven.cookies))
}
