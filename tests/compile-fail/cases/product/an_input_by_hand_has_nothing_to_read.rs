//! A request is read field by field, each by its rule: a hand-written input finds nothing else to read.

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
