//! `POST /auth/resend-verification`: requests the mail again.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::limits::MAIL;
use palisade_core::output::Accepted;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Registrations;
use palisade_modules::auth::types::ResendVerification;

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Registrations>> {
    route
        .limit(MAIL)
        .public()
        .input::<ResendVerification>()
        .handle(resend_verification)
        .summary("Ask for the verification mail again. The answer is always the same.")
}

async fn resend_verification(
    registrations: Arc<Registrations>,
    visitor: Visitor,
    input: ResendVerification,
) -> Result<Accepted, AppError> {
    registrations.resend_verification(visitor, input).await?;
    Ok(Accepted::new())
}
