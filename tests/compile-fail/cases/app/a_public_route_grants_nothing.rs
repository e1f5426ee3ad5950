//! A public route checks no permission, so its handler cannot ask for the proof of one.

use palisade_core::errors::AppError;
use palisade_core::identity::Granted;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;
use palisade_modules::permissions::UserDelete;

pub fn declare() {
    post("/books").limit(NORMAL).public().no_input().handle(burn);
}

async fn burn(_: (), _: Granted<UserDelete>, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
