//! The commands of the program are the operator's: a route cannot run them.

use palisade::Product;
use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::output::Accepted;

pub async fn run(_: (), _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    tokio::task::spawn_blocking(|| palisade::run(&Product::PALISADE)).await.map_err(AppError::internal)?;
    Ok(Accepted::new())
}
