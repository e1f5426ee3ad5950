//! `POST /auth/forgot-password`: requests a link to choose another password.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::limits::MAIL;
use palisade_core::output::Accepted;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::PasswordResets;
use palisade_modules::auth::types::ForgotPassword;

pub(crate) fn declare(route: NewRoute) -> Route<Arc<PasswordResets>> {
    route
        .limit(MAIL)
        .public()
        .input::<ForgotPassword>()
        .handle(forgot_password)
        .summary("Request a link to choose another password. The answer is always the same.")
}

async fn forgot_password(
    resets: Arc<PasswordResets>,
    visitor: Visitor,
    input: ForgotPassword,
) -> Result<Accepted, AppError> {
    resets.ask(visitor, input).await?;
    Ok(Accepted::new())
}
