//! The `number!` macro: newtypes over whole numbers between two bounds.

use std::ops::RangeInclusive;

use super::{Json, Schema, Violation, ViolationCode};

/// The largest whole number that every JSON parser reads exactly (RFC 8259, 6).
const EXACT: i64 = (1 << 53) - 1;

/// The bounds of a whole number, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    min: i64,
    max: i64,
}

impl Bounds {
    /// The largest bounds: whole numbers that every JSON parser reads exactly (RFC 8259, 6).
    pub const EXACT: Self = Self { min: -EXACT, max: EXACT };

    /// These bounds.
    ///
    /// # Panics
    /// If they are reversed, or outside [`Bounds::EXACT`]. In a constant the compiler says so.
    pub const fn of(bounds: RangeInclusive<i64>) -> Self {
        let (min, max) = (*bounds.start(), *bounds.end());
        assert!(min <= max, "these bounds are reversed: write the smaller one first, as in `1..=100`");
        assert!(
            min >= -EXACT && max <= EXACT,
            "not every client reads such numbers exactly: stay between -9007199254740991 and 9007199254740991"
        );
        Self { min, max }
    }

    /// The least number.
    pub const fn min(self) -> i64 {
        self.min
    }

    /// The greatest number.
    pub const fn max(self) -> i64 {
        self.max
    }

    /// The rule, as JSON Schema.
    pub fn schema(self) -> Schema {
        Schema::integer().range(self.min, self.max)
    }

    /// The number, if it is within the bounds.
    ///
    /// # Errors
    /// `out_of_range`.
    pub fn check(self, number: i64) -> Result<i64, Violation> {
        if (self.min..=self.max).contains(&number) {
            Ok(number)
        } else {
            Err(Violation::out_of_range(self.min, self.max))
        }
    }

    /// Reads decimal digits, with `-` before a negative number.
    ///
    /// # Errors
    /// `invalid_type` for any other text, `out_of_range`.
    pub fn from_text(self, text: &str) -> Result<i64, Violation> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Violation::new(ViolationCode::InvalidType, "must be a whole number"));
        }
        // A well-formed number beyond i64 is out of range like any other number that is too large.
        text.parse()
            .map_or_else(|_| Err(Violation::out_of_range(self.min, self.max)), |number| self.check(number))
    }

    /// Reads a JSON number without a fraction. JSON has one kind of number: `7.0` is the whole number 7 (RFC 8259, 6;
    /// JSON Schema 2020-12 calls it an integer).
    ///
    /// # Errors
    /// `invalid_type` for any other value, also for a number in quotes; `out_of_range`.
    pub fn from_json(self, value: &Json) -> Result<i64, Violation> {
        match value {
            Json::Integer(number) => self.check(*number),
            Json::Float(number) if number.fract() == 0.0 => self.check(whole(*number)),
            other => Err(Violation::invalid_type("whole number", other)),
        }
    }
}

/// A number without a fraction; beyond [`Bounds::EXACT`] one that is outside all bounds as well.
#[expect(clippy::cast_possible_truncation, reason = "it is within i64, and has no fraction")]
fn whole(number: f64) -> i64 {
    const BEYOND: f64 = 9_007_199_254_740_992.0;
    number.clamp(-BEYOND, BEYOND) as i64
}

/// Declares a whole number for inputs, with its least and its greatest value.
///
/// ```
/// palisade_core::number! {
///     /// How many copies to print.
///     pub Copies, 1..=100;
///     /// How long a link lives, in seconds.
///     pub Lifetime, 60..=24 * 3_600, schema |schema| schema.describe("In seconds: one minute to one day.");
/// }
/// # use palisade_core::values::Field;
/// assert_eq!(Copies::from_text("7".to_owned()).map(Copies::get), Ok(7));
/// assert!(Copies::new(101).is_err());
/// ```
///
/// In JSON it is a number, never a text; in a path or a query it is decimal digits. The bounds are in the OpenAPI
/// document. A document of the store can be found and sorted by it.
///
/// Reversed bounds do not compile:
///
/// ```compile_fail
/// palisade_core::number! { pub Copies, 100..=1; }
/// ```
#[macro_export]
macro_rules! number {
    ($($(#[$meta:meta])* $vis:vis $name:ident, $bounds:expr $(, schema $schema:expr)?);+ $(;)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        $vis struct $name(i64);

        const _: $crate::values::Bounds = $name::BOUNDS;

        impl $name {
            /// Its least and its greatest value.
            pub const BOUNDS: $crate::values::Bounds = $crate::values::Bounds::of($bounds);

            /// The number.
            pub const fn get(self) -> i64 {
                self.0
            }

            /// The only constructor.
            ///
            /// # Errors
            /// `out_of_range`.
            pub fn new(number: i64) -> ::std::result::Result<Self, $crate::values::Violation> {
                Self::BOUNDS.check(number).map(Self)
            }
        }

        impl $crate::values::Field for $name {
            fn schema() -> $crate::values::Schema {
                let schema = Self::BOUNDS.schema();
                $(let schema = { let with: fn($crate::values::Schema) -> $crate::values::Schema = $schema; with(schema) };)?
                schema
            }

            fn from_text(text: ::std::string::String) -> ::std::result::Result<Self, $crate::values::Violation> {
                Self::BOUNDS.from_text(&text).map(Self)
            }

            fn from_json(value: $crate::values::Json) -> ::std::result::Result<Self, $crate::values::Violation> {
                Self::BOUNDS.from_json(&value).map(Self)
            }
        }

        impl $crate::values::Key for $name {
            const KIND: $crate::values::KeyKind = $crate::values::KeyKind::Integer;

            fn to_key(&self) -> $crate::values::KeyValue {
                $crate::values::KeyValue::Integer(self.0)
            }
        }

        impl $crate::values::ResponseField for $name {
            fn schema() -> $crate::values::Schema {
                $crate::values::Schema::integer()
            }

            fn write<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                s.serialize_i64(self.0)
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                s.serialize_i64(self.0)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(d: D) -> ::std::result::Result<Self, D::Error> {
                let number = <i64 as $crate::__private::serde::Deserialize>::deserialize(d)?;
                Self::new(number).map_err(|violation| $crate::__private::serde::de::Error::custom(violation.message))
            }
        }
    )+};
    ($($other:tt)*) => {
        ::std::compile_error!("a number has a name, a comma and its bounds, both included: `number! { pub Count, 1..=100; }`");
    };
}

#[cfg(test)]
#[expect(dead_code, unreachable_pub, reason = "the macro writes for others, and here is only this test")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::values::{Field, Key, KeyValue};

    crate::number! {
        /// A number of things.
        pub(super) Count, 1..=100;
        /// A temperature in degrees Celsius, which has a sign.
        pub(super) Celsius, -273..=1_000, schema |schema| schema.describe("In degrees Celsius.");
        /// A revision.
        pub(super) Whole, 0..=EXACT
    }

    fn of_text(text: &str) -> ViolationCode {
        Count::from_text(text.to_owned()).expect_err(text).code
    }

    #[test]
    fn a_number_in_a_query_is_decimal_digits() {
        assert_eq!(Count::from_text("100".to_owned()).map(Count::get), Ok(100));
        assert_eq!(Celsius::from_text("-273".to_owned()).map(Celsius::get), Ok(-273));
        for text in ["", "-", "--1", "+1", "1.0", "1e2", " 1", "1 ", "0x1", "one", "١", "1\0", "1_0"] {
            assert_eq!(of_text(text), ViolationCode::InvalidType, "{text:?}");
        }
        for text in ["0", "101", "-1", "9223372036854775808", "-9223372036854775809", &"9".repeat(5_000)] {
            assert_eq!(of_text(text), ViolationCode::OutOfRange, "{text:?}");
        }
    }

    #[test]
    fn a_number_in_json_has_no_fraction_and_no_quotes() {
        let code = |value| Count::from_json(value).expect_err("refused").code;
        assert_eq!(Count::from_json(Json::Float(7.0)).map(Count::get), Ok(7), "JSON has one kind of number");
        for odd in [
            Json::Float(1.5),
            Json::String("1".to_owned()),
            Json::Null,
            Json::Bool(true),
            Json::Array(vec![]),
        ] {
            assert_eq!(code(odd.clone()), ViolationCode::InvalidType, "{odd:?}");
        }
        for far in [0.0, -0.0, 101.0, 1e300, -1e300, f64::MAX] {
            assert_eq!(code(Json::Float(far)), ViolationCode::OutOfRange, "{far}");
        }
        for odd in [f64::NAN, f64::INFINITY] {
            assert_eq!(code(Json::Float(odd)), ViolationCode::InvalidType, "{odd}");
        }
        let rounded = Whole::from_json(Json::Float(9_007_199_254_740_992.0));
        assert_eq!(rounded.expect_err("it may have been another number").code, ViolationCode::OutOfRange);
    }

    #[test]
    fn the_bounds_are_in_the_schema_and_in_the_message() {
        let schema = <Celsius as Field>::schema();
        assert_eq!((schema.minimum, schema.maximum), (Some(-273), Some(1_000)));
        assert_eq!(schema.description.as_deref(), Some("In degrees Celsius."));
        assert_eq!(Celsius::new(-274).expect_err("too cold").message, "must be between -273 and 1000");
    }

    #[test]
    fn a_stored_number_is_checked_again() {
        assert_eq!(
            serde_json::from_str::<Count>("100").map(|count| count.to_key()).expect("reads"),
            KeyValue::Integer(100)
        );
        assert!(serde_json::from_str::<Count>("101").is_err());
        assert_eq!(serde_json::to_string(&Count::new(7).expect("within")).expect("writes"), "7");
    }

    proptest! {
        #[test]
        fn a_number_is_read_if_and_only_if_it_is_within_the_bounds(number in prop_oneof![any::<i64>(), -5_i64..105]) {
            let within = (1..=100).contains(&number);
            prop_assert_eq!(Count::new(number).is_ok(), within);
            prop_assert_eq!(Count::from_json(Json::Integer(number)).is_ok(), within);
            prop_assert_eq!(Count::from_text(number.to_string()).is_ok(), within);
        }
    }
}
