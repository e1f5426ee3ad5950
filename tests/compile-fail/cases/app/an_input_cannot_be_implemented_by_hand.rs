//! An input is declared part by part: reading the request by hand would skip the rules of its fields.

use palisade_core::values::{Detail, Rules};
use palisade_core::input::{Input, InputDoc, RawInput};

pub struct Anything(RawInput);

impl Input for Anything {
    fn describe() -> InputDoc {
        InputDoc::default()
    }

    fn read(raw: RawInput, _: &Rules) -> Result<Self, Vec<Detail>> {
        Ok(Self(raw))
    }
}
