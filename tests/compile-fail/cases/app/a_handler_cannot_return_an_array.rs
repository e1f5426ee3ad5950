//! A handler cannot return a list: it returns a page of one.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::routes::get;
use palisade_modules::user::types::UserView;

pub fn declare() {
    get("/books").limit(NORMAL).public().no_input().handle(books);
}

async fn books(_: (), _: Visitor, _: Nothing) -> Result<Vec<UserView>, AppError> {
    Ok(Vec::new())
}
