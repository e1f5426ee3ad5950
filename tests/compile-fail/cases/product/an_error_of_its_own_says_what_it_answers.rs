//! An error of a product says which code it is answered with: without `From<E> for AppError` no handler passes it on.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::{Route, get};

#[derive(Debug)]
pub struct OutOfPaper;

pub fn declare() -> Route<()> {
    get("/copies").limit(NORMAL).public().no_input().handle(copies)
}

async fn copies(_: (), _: Visitor, _: Nothing) -> Result<Accepted, OutOfPaper> {
    Err(OutOfPaper)
}

async fn other_copies(_: (), _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    print()?;
    Ok(Accepted::new())
}

fn print() -> Result<(), OutOfPaper> {
    Err(OutOfPaper)
}
