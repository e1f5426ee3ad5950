//! `POST /users/{id}/impersonate`: acts as another user for a while.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code, codes};
use palisade_core::identity::FreshGranted;
use palisade_core::limits::PASSWORD;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Impersonations;
use palisade_modules::auth::types::SessionView;
use palisade_modules::auth::types::managing::Impersonate;
use palisade_modules::permissions::UserImpersonate;

const ERRORS: &[&Code] = &[&codes::NOT_FOUND, &codes::CONFLICT];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<Impersonations>> {
    route
        .limit(PASSWORD)
        .requires_fresh::<UserImpersonate>()
        .input::<Impersonate>()
        .handle(impersonate)
        .summary("Act as a user of a lower rank for `IMPERSONATION_TTL`. The access token is replaced; the session waits.")
        .errors(ERRORS)
}

async fn impersonate(
    impersonations: Arc<Impersonations>,
    by: FreshGranted<UserImpersonate>,
    input: Impersonate,
) -> Result<WithCookies<Success<SessionView>>, AppError> {
    let acting = impersonations.start(by, input).await?;
    Ok(Success::new(acting.view).with_cookies(acting.cookies))
}
