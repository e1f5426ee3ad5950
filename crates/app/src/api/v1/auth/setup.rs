//! `POST /auth/setup`: makes the first super-admin.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::Visitor;
use palisade_core::limits::TOKEN;
use palisade_core::output::{Created, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::AdminSetup;
use palisade_modules::auth::types::{Setup, TOKEN_INVALID, VerifiedView};
use palisade_modules::user::types::EMAIL_TAKEN;

const ERRORS: &[&Code] = &[&TOKEN_INVALID, &codes::NOT_FOUND, &EMAIL_TAKEN];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<AdminSetup>> {
    route
            .limit(TOKEN)
            .public()
            .input::<Setup>()
            .handle(setup)
            .summary("Create the first super-admin with a one-time setup link. Once a super-admin exists, the route answers 404.")
            .errors(ERRORS)
}

async fn setup(
    setup: Arc<AdminSetup>,
    visitor: Visitor,
    input: Setup,
) -> Result<WithCookies<Created<VerifiedView>>, AppError> {
    let made = setup.redeem(visitor, input).await?;
    Ok(Created::new(made.view).with_cookies(made.cookies))
}
