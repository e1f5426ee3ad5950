//! The record of a request goes into one batch, that of its effect.

use palisade_core::identity::UserId;
use palisade_lib::repeats::Recording;
use palisade_lib::store::Batch;

pub fn twice(recording: Recording, created: UserId) -> [Batch; 2] {
    [recording.of(&created), recording.of(&created)]
}
