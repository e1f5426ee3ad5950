//! An answer is an object: serde cannot be talked into an array, because it is not asked.

use palisade_core::output::Success;

#[derive(serde::Serialize)]
#[serde(transparent)]
pub struct Names(Vec<String>);

pub fn names(names: Names) {
    Success::new(names);
}
