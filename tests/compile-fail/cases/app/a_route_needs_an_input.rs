//! No route without an input: a route declares its input, even an empty one.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::get;

pub fn declare() {
    get("/books").limit(NORMAL).public().handle(books);
}

async fn books(_: (), _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
