//! An answer is an object: a serde attribute cannot make it an array, because serde does not decide.

use palisade_core::output::Success;

#[derive(serde::Serialize)]
#[serde(transparent)]
pub struct Names(Vec<String>);

pub fn names(names: Names) {
    Success::new(names);
}
