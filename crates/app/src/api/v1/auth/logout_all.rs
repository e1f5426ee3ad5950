//! `POST /auth/logout-all`: ends every session of the caller.

use palisade_core::errors::AppError;
use palisade_core::identity::Account;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Success, WithCookies};
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::auth::Service;

pub(crate) fn declare(route: NewRoute) -> Route<Service> {
    route.limit(NORMAL).session().no_input().handle(logout_all).summary("End every session of the caller.")
}

async fn logout_all(
    auth: Service,
    account: Account,
    _: Nothing,
) -> Result<WithCookies<Success<Empty>>, AppError> {
    let cleared = auth.logout_all(account).await?;
    Ok(Success::new(Empty {}).with_cookies(cleared))
}
