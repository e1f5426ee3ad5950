//! `POST /auth/register`: requests an account.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::limits::REGISTER;
use palisade_core::output::{Accepted, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Registrations;
use palisade_modules::auth::types::Register;

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Registrations>> {
    route.limit(REGISTER).public().input::<Register>().handle(register).summary(
        "Register an account. The answer is the same for a free and a taken address; a mail follows.",
    )
}

async fn register(
    registrations: Arc<Registrations>,
    visitor: Visitor,
    input: Register,
) -> Result<WithCookies<Accepted>, AppError> {
    let cookie = registrations.register(visitor, input).await?;
    Ok(Accepted::new().with_cookie(cookie))
}
