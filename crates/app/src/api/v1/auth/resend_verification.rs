//! `POST /auth/resend-verification`: asks for the mail again.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::limits::MAIL;
use palisade_core::output::Accepted;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Service;
use palisade_modules::auth::types::ResendVerification;

pub(crate) fn declare(route: NewRoute) -> Route<Service> {
    route
        .limit(MAIL)
        .public()
        .input::<ResendVerification>()
        .handle(resend_verification)
        .summary("Ask for the verification mail again. The answer is always the same.")
}

async fn resend_verification(
    auth: Service,
    visitor: Visitor,
    input: ResendVerification,
) -> Result<Accepted, AppError> {
    auth.resend_verification(visitor, input).await?;
    Ok(Accepted::new())
}
