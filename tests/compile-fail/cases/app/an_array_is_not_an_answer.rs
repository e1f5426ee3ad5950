//! An answer is an object, never a raw array.

use palisade_core::output::Answer;

pub fn names(names: Vec<String>) -> Answer<Vec<String>> {
    Answer::new(names)
}
