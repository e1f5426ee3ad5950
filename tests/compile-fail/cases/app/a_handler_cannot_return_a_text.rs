//! A handler cannot write its own body: neither text nor JSON made by hand leaves the server.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::routes::get;

pub fn declare() {
    get("/books").limit(NORMAL).public().no_input().handle(books);
}

async fn books(_: (), _: Visitor, _: Nothing) -> Result<String, AppError> {
    Ok(String::from("[{\"title\":\"Faust\"}]"))
}
