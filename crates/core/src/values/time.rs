//! The `time!` macro: newtypes over points in time between two years.

use std::ops::RangeInclusive;

use super::{Schema, Violation, ViolationCode};
use crate::system::time::Timestamp;

/// The years of a point in time, both included, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Years {
    first: Timestamp,
    last: Timestamp,
}

impl Years {
    /// From the first moment of one year to the last millisecond of another.
    ///
    /// # Panics
    /// If they are reversed, or not between 0 and 9998. In a constant the compiler says so.
    pub const fn of(years: RangeInclusive<i64>) -> Self {
        let (first, last) = (*years.start(), *years.end());
        assert!(first <= last, "these years are reversed: write the earlier one first, as in `2000..=2100`");
        assert!(
            first >= 0 && last <= 9998,
            "a year has four digits (RFC 3339), and the last has no end that every library reads: 0 to 9998"
        );
        Self { first: beginning(first), last: Timestamp::from_millis(beginning(last + 1).as_millis() - 1) }
    }

    /// The rule, as JSON Schema.
    pub fn schema(self) -> Schema {
        Schema::date_time()
            .pattern(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:[0-5]\d(\.\d{1,3})?Z$")
            .describe(format!("A time in UTC, from {} to {}.", self.first, self.last))
            .example("2026-01-31T12:00:00Z")
    }

    /// The time, if it is in these years.
    ///
    /// # Errors
    /// `out_of_range`.
    pub fn check(self, at: Timestamp) -> Result<Timestamp, Violation> {
        if (self.first..=self.last).contains(&at) {
            return Ok(at);
        }
        let message = format!("must be between {} and {}", self.first, self.last);
        Err(Violation::new(ViolationCode::OutOfRange, message))
    }

    /// Reads a time as answers write it: RFC 3339 in UTC, with at most three decimals.
    ///
    /// # Errors
    /// `invalid_format` for any other text, `out_of_range`.
    pub fn from_text(self, text: &str) -> Result<Timestamp, Violation> {
        let read = has_form(text.as_bytes()).then(|| match text.strip_prefix("9999") {
            // Not every library reads the last days of this year, which is too late as a whole. 9997 has the same days.
            Some(rest) => Timestamp::parse_rfc3339(&format!("9997{rest}")).map(|_| beginning(9999)),
            None => Timestamp::parse_rfc3339(text),
        });
        let read = read.flatten();
        let odd = || Violation::invalid_format("must be a time in UTC such as 2026-01-31T12:00:00Z");
        self.check(read.ok_or_else(odd)?)
    }
}

/// `2026-01-31T12:00:00Z`, or with up to three decimals. There is no offset and no leap second: every time has one
/// form, and can be stored.
fn has_form(text: &[u8]) -> bool {
    const FORM: &[u8] = b"0000-00-00T00:00:00";
    let Some((whole, [rest @ .., b'Z'])) = text.split_at_checked(FORM.len()) else { return false };
    let fits = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    let decimals = match rest {
        [] => true,
        [b'.', decimals @ ..] => (1..=3).contains(&decimals.len()) && decimals.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    whole.iter().zip(FORM).all(fits) && !whole.ends_with(b":60") && decimals
}

/// The first moment of a year, 0 to 9999, of the Gregorian calendar.
const fn beginning(year: i64) -> Timestamp {
    /// The days from the beginning of the year 0.
    const fn days(year: i64) -> i64 {
        year * 365 + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400
    }
    Timestamp::from_millis((days(year) - days(1970)) * 86_400_000)
}

/// Declares a point in time for inputs, with its first and its last year.
///
/// ```
/// palisade_core::time! {
///     /// When the meeting begins.
///     pub BeginsAt, 2000..=2100;
/// }
/// # use palisade_core::values::Field;
/// assert!(BeginsAt::from_text("2026-01-31T12:00:00Z".to_owned()).is_ok());
/// assert!(BeginsAt::from_text("1999-12-31T23:59:59Z".to_owned()).is_err());
/// ```
///
/// It is read in the form in which answers write it: RFC 3339 in UTC, with at most three decimals. The years are the
/// bounds that never change; whether it is in the future is a decision of the service, which has a clock. A document
/// of the store can be found and sorted by it.
#[macro_export]
macro_rules! time {
    ($($(#[$meta:meta])* $vis:vis $name:ident, $years:expr $(, schema $schema:expr)?);+ $(;)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        $vis struct $name($crate::system::time::Timestamp);

        const _: $crate::values::Years = $name::YEARS;

        impl $name {
            /// Its first and its last year.
            pub const YEARS: $crate::values::Years = $crate::values::Years::of($years);

            /// The time.
            pub const fn get(self) -> $crate::system::time::Timestamp {
                self.0
            }

            /// The only constructor.
            ///
            /// # Errors
            /// `out_of_range`.
            pub fn new(at: $crate::system::time::Timestamp) -> ::std::result::Result<Self, $crate::values::Violation> {
                Self::YEARS.check(at).map(Self)
            }
        }

        impl $crate::values::Field for $name {
            fn schema() -> $crate::values::Schema {
                let schema = Self::YEARS.schema();
                $(let schema = { let with: fn($crate::values::Schema) -> $crate::values::Schema = $schema; with(schema) };)?
                schema
            }

            fn from_text(text: ::std::string::String) -> ::std::result::Result<Self, $crate::values::Violation> {
                Self::YEARS.from_text(&text).map(Self)
            }
        }

        impl $crate::values::Key for $name {
            const KIND: $crate::values::KeyKind = $crate::values::KeyKind::Time;

            fn to_key(&self) -> $crate::values::KeyValue {
                $crate::values::KeyValue::Time(self.0)
            }
        }

        impl $crate::values::ResponseField for $name {
            fn schema() -> $crate::values::Schema {
                $crate::values::Schema::date_time()
            }

            fn write<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::values::ResponseField::write(&self.0, s)
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::__private::serde::Serialize::serialize(&self.0, s)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(d: D) -> ::std::result::Result<Self, D::Error> {
                let at = <$crate::system::time::Timestamp as $crate::__private::serde::Deserialize>::deserialize(d)?;
                Self::new(at).map_err(|violation| $crate::__private::serde::de::Error::custom(violation.message))
            }
        }
    )+};
    ($($other:tt)*) => {
        ::std::compile_error!("a time has a name, a comma and its years, both included: `time! { pub BeginsAt, 2000..=2100; }`");
    };
}

#[cfg(test)]
#[expect(dead_code, unreachable_pub, reason = "the macro writes for others, and here is only this test")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::values::{Field, Json};

    crate::time! {
        /// When a meeting begins.
        pub(super) BeginsAt, 2000..=2100;
        /// Any time.
        pub(super) Whenever, 0..=9998
    }

    fn code(text: &str) -> ViolationCode {
        BeginsAt::from_text(text.to_owned()).expect_err(text).code
    }

    #[test]
    fn a_time_is_read_in_the_form_in_which_answers_write_it() {
        for text in [
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.000Z",
            "2000-01-01T00:00:00Z",
            "2100-12-31T23:59:59.999Z",
        ] {
            assert!(BeginsAt::from_text(text.to_owned()).is_ok(), "{text}");
        }
        for text in [
            "",
            "Z",
            "2026-01-31",
            "2026-01-31T12:00Z",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00Z",
            "2026-01-31t12:00:00z",
            "2026-01-31T12:00:00+00:00",
            "2026-01-31T13:00:00+01:00",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00.0001Z",
            "2026-01-31T12:00:00,5Z",
            "2026-02-30T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:60:00Z",
            "2016-12-31T23:59:60Z",
            "+002026-01-31T12:00:00Z",
            "2026-01-31T12:00:00Z ",
            "2026-01-31T12:00:00Z[UTC]",
            "2026-01-3１T12:00:00Z",
            "-026-01-31T12:00:00Z",
            "9999-02-29T12:00:00Z",
            "10000-01-01T00:00:00Z",
            "1700000000000",
        ] {
            assert_eq!(code(text), ViolationCode::InvalidFormat, "{text:?}");
        }
        assert_eq!(
            BeginsAt::from_json(Json::Integer(0)).expect_err("no number").code,
            ViolationCode::InvalidType
        );
    }

    #[test]
    fn a_time_outside_its_years_is_refused() {
        for text in [
            "1999-12-31T23:59:59.999Z",
            "2101-01-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "9999-12-30T00:00:00Z",
            "9999-12-31T23:59:59.999Z",
        ] {
            assert_eq!(code(text), ViolationCode::OutOfRange, "{text}");
        }
        let message = BeginsAt::new(Timestamp::EPOCH).expect_err("too early").message;
        assert_eq!(message, "must be between 2000-01-01T00:00:00.000Z and 2100-12-31T23:59:59.999Z");
        assert!(serde_json::from_str::<BeginsAt>("0").is_err(), "a stored time is checked again");
    }

    #[test]
    fn years_begin_where_the_calendar_says() {
        for year in 0..=9999 {
            let text = format!("{year:04}-01-01T00:00:00Z");
            assert_eq!(Timestamp::parse_rfc3339(&text), Some(beginning(year)), "{year}");
        }
    }

    proptest! {
        #[test]
        fn what_an_answer_writes_can_be_sent_back(millis in beginning(0).as_millis()..beginning(9_999).as_millis()) {
            let at = Timestamp::from_millis(millis);
            prop_assert_eq!(Whenever::from_text(at.to_string()).map(Whenever::get), Ok(at));
        }
    }
}
