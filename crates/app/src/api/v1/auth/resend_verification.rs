//! `POST /auth/resend-verification`: asks for the mail again.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::limits::MAIL;
use palisade_core::output::Accepted;
use palisade_core::routes::{Routes, post};
use palisade_modules::auth::Service;
use palisade_modules::auth::types::ResendVerification;

pub(super) fn routes() -> Routes<Service> {
    Routes::new().add(
        post("/auth/resend-verification")
            .limit(MAIL)
            .public()
            .input::<ResendVerification>()
            .handle(resend_verification)
            .summary("Ask for the verification mail again. The answer is always the same."),
    )
}

async fn resend_verification(
    auth: Service,
    visitor: Visitor,
    input: ResendVerification,
) -> Result<Accepted, AppError> {
    auth.resend_verification(visitor, input).await?;
    Ok(Accepted::new())
}
