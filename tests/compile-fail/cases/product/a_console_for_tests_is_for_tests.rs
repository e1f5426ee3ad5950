//! What gives a test its console does not exist in what is shipped.

use palisade_core::identity::{Console, Operator};

pub fn console() -> Console {
    Console::for_tests()
}

pub fn operator() -> Operator<'static> {
    Operator::for_tests("let me in")
}
