//! What no request can do, the command line can: on its own thread, where nothing has to be sent.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::{Console, Operator};
use palisade_modules::auth::AdminSetup;

pub async fn print_link(console: &Console, setup: Arc<AdminSetup>) -> Result<Option<String>, AppError> {
    setup.first_link(&Operator::act(console, "first setup link")).await
}
