//! A session is no permission: the handler of a `.session()` route gets an account and nothing more.

use palisade_core::errors::AppError;
use palisade_core::identity::Granted;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;
use palisade_modules::permissions::UserDelete;

pub fn declare() {
    post("/books").limit(NORMAL).session().no_input().handle(burn);
}

async fn burn(_: (), _: Granted<UserDelete>, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
