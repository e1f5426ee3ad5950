//! The console is lent to `main`: it cannot be kept where a request on the same thread would find it.

use std::cell::Cell;

use palisade_core::identity::{Console, ConsoleTaken};

thread_local! {
    static KEPT: Cell<Option<&'static Console>> = const { Cell::new(None) };
}

pub fn main() -> Result<(), ConsoleTaken> {
    Console::take(|console| KEPT.set(Some(console)))
}
