//! What came is read a field at a time, each by its rule: an input that was written by hand finds nothing else.

use palisade_core::values::{Detail, Rules};
use palisade_core::input::{Input, InputDoc, RawInput, sealed};

pub struct Anything(String);

impl sealed::Declared for Anything {}

impl Input for Anything {
    fn describe() -> InputDoc {
        InputDoc::default()
    }

    fn read(raw: RawInput, _: &Rules) -> Result<Self, Vec<Detail>> {
        let (_, sent) = raw.query.into_iter().next().unwrap();
        Ok(Self(sent))
    }
}
