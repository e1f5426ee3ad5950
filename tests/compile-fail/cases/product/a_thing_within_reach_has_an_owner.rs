//! Whether a thing is within reach follows from its owner.

use palisade_core::identity::Reach;
use palisade_modules::permissions::UserRead;

pub struct Weather;

pub fn shown(by: &Reach<UserRead>, found: Option<Weather>) -> Option<Weather> {
    by.within(found)
}
