//! The plain values of a configuration: bounded numbers, durations, sizes, secret text.
//!
//! Nothing here knows a variable; the bounds are written where the variable is declared, in its type.

use std::fmt;
use std::time::Duration;

use super::settings::{Problem, Setting};
use crate::limits::{MAX_LIMIT, Quota, QuotaError};

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Count<MIN, MAX> {
    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }

    /// The number, for sizes of things in memory.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl<const MIN: u32, const MAX: u32> Setting for Count<MIN, MAX> {
    fn expects() -> String {
        format!("a whole number from {MIN} to {MAX}")
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        match whole_number(text)? {
            number if number < u64::from(MIN) => Err(format!("is below {MIN}").into()),
            number if number > u64::from(MAX) => Err(format!("is above {MAX}").into()),
            number => Ok(Self(u32::try_from(number).unwrap_or(MAX))),
        }
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// A duration from `MIN` to `MAX` seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period<const MIN: u64, const MAX: u64>(Duration);

impl<const MIN: u64, const MAX: u64> Period<MIN, MAX> {
    /// The duration, in whole seconds.
    pub fn get(self) -> Duration {
        self.0
    }
}

/// In the notation of the setting: `1h`.
impl<const MIN: u64, const MAX: u64> fmt::Display for Period<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_words(self.0.as_secs()))
    }
}

impl<const MIN: u64, const MAX: u64> Setting for Period<MIN, MAX> {
    fn expects() -> String {
        format!("a duration from {} to {} (in `s`, `m`, `h` or `d`)", in_words(MIN), in_words(MAX))
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let duration = parse_duration(text)?;
        if duration < Duration::from_secs(MIN) {
            return Err(format!("is below {}", in_words(MIN)).into());
        }
        if duration > Duration::from_secs(MAX) {
            return Err(format!("is above {}", in_words(MAX)).into());
        }
        Ok(Self(duration))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// An amount of memory from `MIN` to `MAX` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Size<MIN, MAX> {
    /// In bytes.
    pub fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl<const MIN: u32, const MAX: u32> Setting for Size<MIN, MAX> {
    fn expects() -> String {
        format!(
            "a size from {} to {} (in `KiB` of 1024 bytes, `MiB`, `GiB`, or bytes)",
            in_bytes(MIN),
            in_bytes(MAX)
        )
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let (digits, unit) = split_unit(text);
        let unit = match unit {
            "" | "B" => 1,
            "KiB" => 1024,
            "MiB" => 1024 * 1024,
            "GiB" => 1024 * 1024 * 1024,
            unit => return Err(unknown_unit(unit, "KiB, MiB or GiB, or nothing for bytes")),
        };
        match whole_number(digits)?.saturating_mul(unit) {
            bytes if bytes < u64::from(MIN) => Err(format!("is below {}", in_bytes(MIN)).into()),
            bytes if bytes > u64::from(MAX) => Err(format!("is above {}", in_bytes(MAX)).into()),
            bytes => Ok(Self(u32::try_from(bytes).unwrap_or(MAX))),
        }
    }

    fn show(&self) -> String {
        in_bytes(self.0)
    }
}

impl Setting for Quota {
    fn expects() -> String {
        format!("a count up to {MAX_LIMIT} and a window up to 30d (`10/60s`)")
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|error: QuotaError| format!("is {error}").into())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// Seconds, minutes, hours or days. A bare number is refused: nobody remembers its unit.
fn parse_duration(text: &str) -> Result<Duration, Problem> {
    let (digits, unit) = split_unit(text);
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        "" => return Err("has no unit (s, m, h or d)".into()),
        unit => return Err(unknown_unit(unit, "s, m, h or d")),
    };
    Ok(Duration::from_secs(whole_number(digits)?.saturating_mul(unit)))
}

/// Milliseconds or seconds.
pub(super) fn parse_millis(text: &str) -> Result<Duration, Problem> {
    let (digits, unit) = split_unit(text);
    match unit {
        "ms" => Ok(Duration::from_millis(whole_number(digits)?)),
        "s" => Ok(Duration::from_secs(whole_number(digits)?)),
        "" => Err("has no unit (ms or s)".into()),
        unit => Err(unknown_unit(unit, "ms or s")),
    }
}

/// A number and the letters after it. Whether the first part is a number shows when it is parsed.
fn split_unit(text: &str) -> (&str, &str) {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    (digits, text.get(digits.len()..).unwrap_or_default())
}

/// A unit that another program may know.
fn unknown_unit(unit: &str, known: &str) -> Problem {
    format!("has the unit `{unit}`, which is none of {known}").into()
}

/// ASCII digits only: no sign, no separators, no spaces. Too large saturates and fails the bounds.
fn whole_number(text: &str) -> Result<u64, Problem> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err("is not a whole number".into());
    }
    Ok(text.parse().unwrap_or(u64::MAX))
}

/// The largest unit that divides it: `90s`, `10m`, `14d`.
fn in_words(seconds: u64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        days if days % 86_400 == 0 && days > 86_400 => format!("{}d", days / 86_400),
        hours if hours % 3600 == 0 => format!("{}h", hours / 3600),
        minutes if minutes % 60 == 0 && minutes > 60 => format!("{}m", minutes / 60),
        seconds => format!("{seconds}s"),
    }
}

fn in_bytes(bytes: u32) -> String {
    match bytes {
        mebibytes if mebibytes % (1024 * 1024) == 0 => format!("{}MiB", mebibytes / (1024 * 1024)),
        kibibytes if kibibytes % 1024 == 0 => format!("{}KiB", kibibytes / 1024),
        bytes => format!("{bytes}B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit_and_keep_their_bounds() {
        type Minutes = Period<60, 3600>;
        for (text, seconds) in [("60s", 60), ("10m", 600), ("1h", 3600)] {
            assert_eq!(Minutes::parse(text).map(Period::get), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "10",
            "s",
            "10ms",
            "mm",
            "1mm",
            "-1m",
            "+1m",
            "1.5h",
            " 1h",
            "1H",
            "59s",
            "2h",
            "1d",
            "99999999999999999999d",
        ] {
            assert!(Minutes::parse(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn sizes_come_in_bytes_or_binary_units() {
        type Body = Size<1024, 1_048_576>;
        for (text, bytes) in [("1024", 1024), ("64KiB", 65_536), ("1MiB", 1_048_576)] {
            assert_eq!(Body::parse(text).map(Size::bytes), Ok(bytes), "{text}");
        }
        for text in ["", "64kb", "64KB", "1023", "2MiB", "1GiB", "KiB", "1 KiB"] {
            assert!(Body::parse(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn a_unit_of_another_program_is_named_with_those_that_are_known() {
        let problem = |parsed: Result<(), Problem>| parsed.unwrap_err().into_owned();
        for (said, expected) in [
            (
                problem(Size::<1024, 1_048_576>::parse("1GB").map(drop)),
                "`GB`, which is none of KiB, MiB or GiB",
            ),
            (problem(Size::<1024, 1_048_576>::parse("1GiB").map(drop)), "is above 1MiB"),
            (problem(Period::<1, 60>::parse("10min").map(drop)), "`min`, which is none of s, m, h or d"),
            (problem(Period::<1, 60>::parse("10ms").map(drop)), "`ms`, which is none of s, m, h or d"),
            (problem(Period::<1, 60>::parse("10").map(drop)), "has no unit (s, m, h or d)"),
            (problem(parse_millis("1m").map(drop)), "`m`, which is none of ms or s"),
            (problem(<Quota as Setting>::parse("10/1min").map(drop)), "units s, m, h, d"),
            (problem(<Quota as Setting>::parse("10/1w").map(drop)), "units s, m, h, d"),
            (problem(<Quota as Setting>::parse("10 per 60s").map(drop)), "10/60s"),
        ] {
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn quotas_are_a_count_and_a_window() {
        assert_eq!(<Quota as Setting>::parse("5/15m"), Ok(Quota::of(5, 15 * 60)));
        for text in
            ["", "10", "10/", "/60s", "0/60s", "10/0s", "10/31d", "10/60", "10/60s/1", "1000001/1s", "-1/60s"]
        {
            assert!(<Quota as Setting>::parse(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn what_is_shown_reads_back() {
        for text in ["1s", "60s", "90s", "15m", "1h", "24h"] {
            let quota = <Quota as Setting>::parse(&format!("7/{text}")).unwrap();
            assert_eq!(<Quota as Setting>::parse(&quota.show()), Ok(quota), "{text}");
        }
    }
}
