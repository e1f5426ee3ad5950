//! `POST /auth/reset-password`: chooses another password with a mailed link.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::Visitor;
use palisade_core::limits::TOKEN;
use palisade_core::output::{Empty, Success};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::PasswordResets;
use palisade_modules::auth::types::{ResetPassword, TOKEN_INVALID};

const ERRORS: &[&Code] = &[&TOKEN_INVALID];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<PasswordResets>> {
    route
        .limit(TOKEN)
        .public()
        .input::<ResetPassword>()
        .handle(reset_password)
        .summary("Choose another password with a mailed link. Ends every session and signs nobody in.")
        .errors(ERRORS)
}

async fn reset_password(
    resets: Arc<PasswordResets>,
    visitor: Visitor,
    input: ResetPassword,
) -> Result<Success<Empty>, AppError> {
    resets.redeem(visitor, input).await?;
    Ok(Success::new(Empty {}))
}
