//! `POST /auth/change-email`: requests another address for the account.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::FreshUser;
use palisade_core::limits::PASSWORD;
use palisade_core::output::Accepted;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::EmailChanges;
use palisade_modules::auth::types::ChangeEmail;

pub(crate) fn declare(route: NewRoute) -> Route<Arc<EmailChanges>> {
    route.limit(PASSWORD).fresh().input::<ChangeEmail>().handle(change_email).summary(
        "Request another address. A link goes to it, a notice to the present one. The answer is always the same.",
    )
}

async fn change_email(
    changes: Arc<EmailChanges>,
    caller: FreshUser,
    input: ChangeEmail,
) -> Result<Accepted, AppError> {
    changes.ask(caller, input).await?;
    Ok(Accepted::new())
}
