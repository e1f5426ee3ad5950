//! No other thread can get the console, so no handler can: not in a static, not in the state of its routes.

use std::sync::Mutex;

use palisade_core::errors::AppError;
use palisade_core::identity::{Console, Operator, Visitor};
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::{Routes, post};

pub static KEPT: Mutex<Option<&'static Console>> = Mutex::new(None);

pub fn declare() -> Routes<&'static Console> {
    Routes::new().add(post("/let-me-in").limit(NORMAL).public().no_input().handle(let_me_in))
}

async fn let_me_in(console: &'static Console, _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    Operator::act(console, "let me in");
    Ok(Accepted::new())
}

pub fn elsewhere(console: &'static Console) {
    std::thread::spawn(move || Operator::act(console, "let me in").name());
}
