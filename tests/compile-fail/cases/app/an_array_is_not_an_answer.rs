//! An answer is an object, never a raw array.

use palisade_core::output::Success;

pub fn names(names: Vec<String>) -> Success<Vec<String>> {
    Success::new(names)
}
