//! A public route does not authenticate, so its handler cannot ask for an account.

use palisade_core::errors::AppError;
use palisade_core::identity::AuthenticatedUser;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::get;

pub fn declare() {
    get("/books").limit(NORMAL).public().no_input().handle(books);
}

async fn books(_: (), _: AuthenticatedUser, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
