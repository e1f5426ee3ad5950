//! A repeatable route has a limit, an access rule and an input like any other.

use palisade_core::errors::AppError;
use palisade_core::identity::AuthenticatedUser;
use palisade_core::input::{Nothing, Repeatable};
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;

pub fn without_input() {
    post("/orders").limit(NORMAL).session().repeatable().handle(order);
}

pub fn twice() {
    post("/orders").limit(NORMAL).session().no_input().repeatable().repeatable().handle(order);
}

async fn order(_: (), _: AuthenticatedUser, _: Repeatable<Nothing>) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
