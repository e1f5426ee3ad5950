//! A borrowed list of error codes would end with the line: a route keeps its codes.

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::{Route, get};

pub fn declare() -> Route<()> {
    get("/books").limit(NORMAL).public().no_input().handle(books).errors(&[&codes::CONFLICT])
}

async fn books(_: (), _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
