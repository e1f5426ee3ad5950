//! What no request can do, the command line can: on its own thread, where nothing has to be sent.

use palisade_core::errors::AppError;
use palisade_core::identity::{Console, Operator};
use palisade_modules::auth::Service;

pub async fn print_link(console: &Console, auth: Service) -> Result<Option<String>, AppError> {
    auth.first_setup_link(&Operator::act(console, "first setup link")).await
}
