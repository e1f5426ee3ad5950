//! `POST /auth/accept-invitation`: creates an account with a mailed link.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::Visitor;
use palisade_core::limits::TOKEN;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Acceptances;
use palisade_modules::auth::types::invitations::AcceptInvitation;
use palisade_modules::auth::types::{TOKEN_INVALID, VerifiedView};

const ERRORS: &[&Code] = &[&TOKEN_INVALID];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Acceptances>> {
    route
        .limit(TOKEN)
        .public()
        .input::<AcceptInvitation>()
        .handle(accept)
        .summary("Accept an invitation with a mailed link: creates the account. Signs nobody in.")
        .errors(ERRORS)
}

async fn accept(
    acceptances: Arc<Acceptances>,
    visitor: Visitor,
    input: AcceptInvitation,
) -> Result<WithCookies<Success<VerifiedView>>, AppError> {
    let accepted = acceptances.accept(visitor, input).await?;
    Ok(Success::new(accepted.view).with_cookies(accepted.cookies))
}
