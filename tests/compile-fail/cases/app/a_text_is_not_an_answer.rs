//! An answer is an object, never a bare value.

use palisade_core::output::Output;

fn answers<O: Output>(output: O) {}

pub fn hello() {
    answers("hello");
}
