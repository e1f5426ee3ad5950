//! An operator lives no longer than the console: it cannot be kept where a request on the same thread finds it.

use std::cell::Cell;

use palisade_core::identity::{Console, ConsoleTaken, Operator};

thread_local! {
    static KEPT: Cell<Option<Operator<'static>>> = const { Cell::new(None) };
}

pub fn main() -> Result<(), ConsoleTaken> {
    Console::take(|console| KEPT.set(Some(Operator::act(console, "for later"))))
}
