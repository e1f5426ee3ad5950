//! `/auth`: one file for each route; this one collects them.

mod jwks;
mod link;
mod login;
mod logout;
mod logout_all;
mod refresh;
mod register;
mod resend_verification;
mod session;
mod setup;
mod verify_email;

use palisade_core::routes::Routes;
use palisade_modules::auth::Service;

/// Everything below `/auth`.
pub fn routes() -> Routes<Service> {
    Routes::new()
        .join(jwks::routes())
        .join(link::routes())
        .join(login::routes())
        .join(logout::routes())
        .join(logout_all::routes())
        .join(refresh::routes())
        .join(register::routes())
        .join(resend_verification::routes())
        .join(session::routes())
        .join(setup::routes())
        .join(verify_email::routes())
}
