//! A handler gets what a verifier made of an authentic body: the bytes of a stranger are no input.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;

pub fn declare() {
    post("/hooks").limit(NORMAL).public().input::<Vec<u8>>().handle(paid);
}

async fn paid(_: (), _: Visitor, _: Vec<u8>) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
