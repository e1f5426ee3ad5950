//! Points in time, as Palisade stores and prints them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name under which a [`Timestamp`] announces itself to a serializer, so that a store engine can recognize it and
/// keep it in its native form (a BSON date, integer milliseconds in SQLite).
pub const TIMESTAMP_MARK: &str = "$palisade::Timestamp";

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
///
/// Stored as a number, printed on the wire as RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first moment of 1970.
    pub const EPOCH: Self = Self(0);
    /// Later than any time of a clock.
    pub const FAR_FUTURE: Self = Self(253_402_300_799_000);

    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the epoch; saturates.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time plus `later`; saturates at the far future.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        let millis = i64::try_from(later.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis)).min(Self::FAR_FUTURE)
    }

    /// This time minus `earlier`; saturates.
    #[must_use]
    pub fn minus(self, earlier: Duration) -> Self {
        let millis = i64::try_from(earlier.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// The time since `earlier`; zero if that is in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Timestamp {
    /// Reads a time as RFC 3339 writes it, with any offset; parts of a millisecond are dropped. `None` for anything else.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self::from_millis(at.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339, UTC, always three decimals: `2026-01-31T12:00:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Rfc3339::of(*self) {
            Some(text) => f.write_str(text.as_str()),
            None => write!(f, "{}ms", self.0),
        }
    }
}

/// A time of the years 0 to 9999 as text. Every answer and every log line contains some, so it is written digit by
/// digit into a fixed buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rfc3339([u8; 24]);

impl Rfc3339 {
    /// The text; `None` for a year with fewer or more than four digits.
    pub(crate) fn of(at: Timestamp) -> Option<Self> {
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        let at = jiff::tz::Offset::UTC.to_datetime(at);
        let small = |number: i8| u16::from(number.unsigned_abs());
        let mut text = *b"0000-00-00T00:00:00.000Z";
        for (start, places, mut number) in [
            (0, 4, u16::try_from(at.year()).ok()?),
            (5, 2, small(at.month())),
            (8, 2, small(at.day())),
            (11, 2, small(at.hour())),
            (14, 2, small(at.minute())),
            (17, 2, small(at.second())),
            (20, 3, at.millisecond().unsigned_abs()),
        ] {
            for digit in text.iter_mut().skip(start).take(places).rev() {
                *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
                number /= 10;
            }
        }
        Some(Self(text))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        // Digits and punctuation.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(TIMESTAMP_MARK, &self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prints_rfc_3339_with_milliseconds() {
        assert_eq!(Timestamp::EPOCH.to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(1_700_000_000_123).to_string(), "2023-11-14T22:13:20.123Z");
        assert_eq!(Timestamp::from_millis(-62_167_219_200_001).to_string(), "-62167219200001ms");
    }

    #[test]
    fn reads_rfc_3339_with_any_offset() {
        let at = Timestamp::from_millis(1_700_000_000_123);
        for text in ["2023-11-14T22:13:20.123Z", "2023-11-14T23:13:20.123+01:00", "2023-11-14T22:13:20.1239Z"]
        {
            assert_eq!(Timestamp::parse_rfc3339(text), Some(at), "{text}");
        }
        for text in ["", "2023-11-14", "2023-11-14T22:13:20", "yesterday", "1700000000"] {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_text_is_the_one_the_calendar_library_writes(millis in -62_167_219_200_000_i64..=253_402_207_200_000) {
            let expected = format!("{:.3}", jiff::Timestamp::from_millisecond(millis).unwrap());
            prop_assert_eq!(Timestamp::from_millis(millis).to_string(), expected);
        }
    }

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Timestamp::from_millis(i64::MAX).plus(Duration::MAX), Timestamp::FAR_FUTURE);
        assert_eq!(Timestamp::EPOCH.since(Timestamp::from_millis(5)), Duration::ZERO);
    }
}
