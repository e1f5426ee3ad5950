//! The operator acts from the console of the process, and a request has none: not on a thread that blocks either.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::{Operator, Visitor};
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;
use palisade_modules::auth::AdminSetup;
use palisade_modules::user::types::{Email, NewPassword};

pub fn declare() {
    post("/let-me-in").limit(NORMAL).public().no_input().handle(let_me_in);
}

async fn let_me_in(setup: Arc<AdminSetup>, _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    let handle = tokio::runtime::Handle::current();
    let act = move || handle.block_on(make(setup));
    tokio::task::spawn_blocking(act).await.map_err(AppError::internal)?
}

async fn make(setup: Arc<AdminSetup>) -> Result<Accepted, AppError> {
    let email = Email::parse("eve@example.org").map_err(|error| AppError::internal(error.message))?;
    let password = new_password();
    setup.create_super_admin(&Operator::act("let me in"), email, password).await?;
    Ok(Accepted::new())
}

fn new_password() -> NewPassword {
    unimplemented!()
}
