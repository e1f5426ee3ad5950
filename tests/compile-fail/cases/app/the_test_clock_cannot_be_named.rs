//! No product code sets the time: the test clock exists only if a test requests it.

use palisade_core::ports::TestClock;

pub fn travel(clock: &TestClock) {}
