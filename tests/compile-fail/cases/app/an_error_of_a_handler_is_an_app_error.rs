//! There is one kind of error, so that there is one error path.

use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::get;

pub fn declare() {
    get("/books").limit(NORMAL).public().no_input().handle(books);
}

async fn books(_: (), _: Visitor, _: Nothing) -> Result<Accepted, String> {
    Err(String::from("no books"))
}
