//! The constructor of a test's console does not exist in a release build.

use palisade_core::identity::{Console, Operator};

pub fn console() -> Console {
    Console::for_tests()
}

pub fn operator() -> Operator<'static> {
    Operator::for_tests("let me in")
}
