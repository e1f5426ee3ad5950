//! A handler gets the permission that its route requires, not another one.

use palisade_core::errors::AppError;
use palisade_core::identity::Granted;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;
use palisade_modules::permissions::{UserDelete, UserRead};

pub fn declare() {
    post("/books").limit(NORMAL).requires::<UserRead>().no_input().handle(burn);
}

async fn burn(_: (), _: Granted<UserDelete>, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
