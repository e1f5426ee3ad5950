//! The console is lent to `main`: it does not come out of it, and neither does an operator.

use palisade_core::identity::{Console, ConsoleTaken, Operator};

pub fn console() -> Result<&'static Console, ConsoleTaken> {
    Console::take(|console| console)
}

pub fn operator() -> Result<Operator<'static>, ConsoleTaken> {
    Console::take(|console| Operator::act(console, "let me in"))
}
