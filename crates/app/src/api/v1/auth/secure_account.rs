//! `POST /auth/secure-account`: ends every session with the link of a notice.

use std::sync::Arc;

use palisade_core::errors::{AppError, Code};
use palisade_core::identity::Visitor;
use palisade_core::limits::TOKEN;
use palisade_core::output::{Empty, Success};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::AccountSecurity;
use palisade_modules::auth::types::{SecureAccount, TOKEN_INVALID};

const ERRORS: &[&Code] = &[&TOKEN_INVALID];

pub(crate) fn declare(route: NewRoute) -> Route<Arc<AccountSecurity>> {
    route
        .limit(TOKEN)
        .public()
        .input::<SecureAccount>()
        .handle(secure_account)
        .summary("End every session and cancel a change of address, with the link of the notice about it.")
        .errors(ERRORS)
}

async fn secure_account(
    security: Arc<AccountSecurity>,
    visitor: Visitor,
    input: SecureAccount,
) -> Result<Success<Empty>, AppError> {
    security.secure(visitor, input).await?;
    Ok(Success::new(Empty {}))
}
