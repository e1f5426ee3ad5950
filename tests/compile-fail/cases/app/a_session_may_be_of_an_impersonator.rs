//! An administrator may act as the user of a session: the handler of a `.session()` route gets no proof of the person.

use palisade_core::errors::AppError;
use palisade_core::identity::Person;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;

pub fn declare() {
    post("/books").limit(NORMAL).session().no_input().handle(burn);
}

async fn burn(_: (), _: Person, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
