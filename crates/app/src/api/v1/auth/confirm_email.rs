//! `POST /auth/confirm-email`: confirms another address with a mailed link.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::Person;
use palisade_core::limits::TOKEN;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::EmailChanges;
use palisade_modules::auth::types::{ConfirmEmail, ConfirmedView, TOKEN_INVALID};
use palisade_modules::user::types::EMAIL_TAKEN;

const ERRORS: &[&Code] = &[&TOKEN_INVALID, &EMAIL_TAKEN];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<EmailChanges>> {
    route
        .limit(TOKEN)
        .in_person()
        .input::<ConfirmEmail>()
        .handle(confirm_email)
        .summary(
            "Confirm another address, in a session of the user who asked for it. Ends every other session.",
        )
        .errors(ERRORS)
}

async fn confirm_email(
    changes: Arc<EmailChanges>,
    caller: Person,
    input: ConfirmEmail,
) -> Result<WithCookies<Success<ConfirmedView>>, AppError> {
    let confirmed = changes.confirm(caller, input).await?;
    Ok(Success::new(confirmed.view).with_cookies(confirmed.cookies))
}
