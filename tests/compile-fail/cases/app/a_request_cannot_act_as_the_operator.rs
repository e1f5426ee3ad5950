//! A request never acts as the operator: a handler that tries does not compile.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::{Console, Operator, Visitor};
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;
use palisade_modules::auth::AdminSetup;

pub fn declare() {
    post("/auth/let-me-in").limit(NORMAL).public().no_input().handle(let_me_in);
}

async fn let_me_in(setup: Arc<AdminSetup>, _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    let link = Console::take(|console| setup.first_link(&Operator::act(console, "let me in")));
    link.map_err(AppError::internal)?.await?;
    Ok(Accepted::new())
}
