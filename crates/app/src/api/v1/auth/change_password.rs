//! `POST /auth/change-password`: chooses another password, with the current one.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::Person;
use palisade_core::limits::PASSWORD;
use palisade_core::output::{Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::PasswordChanges;
use palisade_modules::auth::types::{ChangePassword, ChangedView, INVALID_CREDENTIALS};

const ERRORS: &[&Code] = &[&INVALID_CREDENTIALS];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<PasswordChanges>> {
    route
        .limit(PASSWORD)
        .in_person()
        .input::<ChangePassword>()
        .handle(change_password)
        .summary(
            "Change the password. This ends every session of the caller, and this browser gets a new one.",
        )
        .errors(ERRORS)
}

async fn change_password(
    changes: Arc<PasswordChanges>,
    caller: Person,
    input: ChangePassword,
) -> Result<WithCookies<Success<ChangedView>>, AppError> {
    let signed_in = changes.change(caller, input).await?;
    let view = ChangedView { expires_at: signed_in.view.expires_at };
    Ok(Success::new(view).with_cookies(signed_in.cookies))
}
