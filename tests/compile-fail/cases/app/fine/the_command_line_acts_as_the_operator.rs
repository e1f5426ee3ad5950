//! Unlike a request, the command line can act as the operator: on its own thread, where no future must be `Send`.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::{Console, Operator};
use palisade_modules::auth::AdminSetup;

pub async fn print_link(console: &Console, setup: Arc<AdminSetup>) -> Result<Option<String>, AppError> {
    setup.first_link(&Operator::act(console, "first setup link")).await
}
