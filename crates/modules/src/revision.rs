//! The revision of a document that a request is based on.

use palisade_core::values::{Field, Json, Schema, Violation, ViolationCode};

/// The largest whole number that every JSON parser reads exactly (RFC 8259, 6).
const MAX: i64 = (1 << 53) - 1;

/// The `revision` of a user or a webhook as the caller read it: a whole number from 1. It rises with every change, so a change that is
/// based on an earlier one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision(i64);

impl Revision {
    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }

    fn new(number: i64) -> Result<Self, Violation> {
        match number {
            1..=MAX => Ok(Self(number)),
            _ => Err(Violation::out_of_range(1, MAX)),
        }
    }
}

impl Field for Revision {
    fn schema() -> Schema {
        Schema::integer().range(1, MAX)
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        let digits = text.strip_prefix('-').unwrap_or(&text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Violation::new(ViolationCode::InvalidType, "must be a whole number"));
        }
        // A well-formed number beyond i64 is out of range like any other number that is too large.
        Self::new(text.parse().unwrap_or(i64::MAX))
    }

    fn from_json(value: Json) -> Result<Self, Violation> {
        match value {
            Json::Integer(number) => Self::new(number),
            // JSON has one kind of number: `7.0` is the whole number 7 (RFC 8259, 6).
            Json::Float(number) if number.fract() == 0.0 => Self::new(whole(number)),
            other => Err(Violation::invalid_type("whole number", &other)),
        }
    }
}

/// A number without a fraction; beyond the largest whole number that is read exactly, that number and one.
#[expect(clippy::cast_possible_truncation, reason = "it is within the bounds, and has no fraction")]
fn whole(number: f64) -> i64 {
    number.clamp(-1.0, 9_007_199_254_740_992.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_a_whole_number_from_one() {
        assert_eq!(Revision::from_json(Json::Integer(1)).map(Revision::get), Ok(1));
        assert_eq!(Revision::from_text("12".to_owned()).map(Revision::get), Ok(12));
        let of_text = |text: &str| Revision::from_text(text.to_owned()).expect_err(text).code;
        for text in ["", "-", "+1", "1.0", " 1", "one"] {
            assert_eq!(of_text(text), ViolationCode::InvalidType, "{text:?}");
        }
        for text in ["0", "-1", "9007199254740992", "9223372036854775808"] {
            assert_eq!(of_text(text), ViolationCode::OutOfRange, "{text:?}");
        }
        let of_json = |value| Revision::from_json(value).expect_err("refused").code;
        assert_eq!(of_json(Json::Integer(-1)), ViolationCode::OutOfRange);
        assert_eq!(Revision::from_json(Json::Float(7.0)).map(Revision::get), Ok(7));
        assert_eq!(of_json(Json::Float(1.5)), ViolationCode::InvalidType);
        for number in [0.0, -7.0, 1e300, -1e300] {
            assert_eq!(of_json(Json::Float(number)), ViolationCode::OutOfRange, "{number}");
        }
        assert_eq!(of_json(Json::String("1".to_owned())), ViolationCode::InvalidType);
    }
}
