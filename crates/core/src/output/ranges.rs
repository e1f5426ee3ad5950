//! What a request asks of a file: all of it, a part of it, or only whether it has changed (RFC 9110, 13 and 14).

use http::header::{IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::net::Sent;

/// The conditions of a request, as far as an answer with a file looks at them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    range: Option<HeaderValue>,
    if_range: Option<HeaderValue>,
    if_none_match: Vec<HeaderValue>,
}

/// The part of a file that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// 200: all of it.
    Whole,
    /// 206: from the first to the last byte, both included.
    Range { first: u64, last: u64 },
    /// 304: nothing, the client has it.
    Unchanged,
    /// 416: there is no such part.
    Unsatisfiable,
}

impl Conditions {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let once = |name: &HeaderName| {
            matches!(Sent::of(headers, name), Sent::Once(_)).then(|| headers.get(name).cloned()).flatten()
        };
        Self {
            range: once(&RANGE),
            if_range: once(&IF_RANGE),
            if_none_match: headers.get_all(IF_NONE_MATCH).iter().cloned().collect(),
        }
    }

    /// The part of a file of this length and with this strong entity tag, in the order of RFC 9110, 13.2.2.
    pub(crate) fn part(&self, length: u64, etag: &str) -> Part {
        let is_known = self.if_none_match.iter().filter_map(|line| line.to_str().ok()).any(|line| {
            line.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
        });
        if is_known {
            return Part::Unchanged;
        }
        // RFC 9110, 13.1.5: another tag, or a date, which this server does not give out, means the whole file.
        if self.if_range.as_ref().is_some_and(|tag| tag.as_bytes() != etag.as_bytes()) {
            return Part::Whole;
        }
        self.range.as_ref().and_then(|range| single(range.to_str().ok()?, length)).unwrap_or(Part::Whole)
    }
}

/// The one range of this header. `None` for several, another unit or a malformed one, which a server may ignore (RFC 9110,
/// 14.2).
fn single(range: &str, length: u64) -> Option<Part> {
    let (unit, set) = range.split_once('=')?;
    let (first, last) = set.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // One that is too large for the type is beyond every file.
        is_number.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let end = length.checked_sub(1);
    Some(match (number(first), number(last)) {
        // RFC 9110, 14.1.2: the last bytes, or all of them if there are not that many.
        (None, Some(count)) if first.is_empty() => match end {
            Some(last) if count > 0 => Part::Range { first: length.saturating_sub(count), last },
            _ => Part::Unsatisfiable,
        },
        (Some(first), None) if last.is_empty() => match end {
            Some(last) if first <= last => Part::Range { first, last },
            _ => Part::Unsatisfiable,
        },
        (Some(first), Some(last)) if first <= last => match end {
            Some(end) if first <= end => Part::Range { first, last: last.min(end) },
            _ => Part::Unsatisfiable,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TAG: &str = "\"fil_1\"";

    fn asked(headers: &[(HeaderName, &str)], length: u64) -> Part {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        Conditions::of(&map).part(length, TAG)
    }

    fn range(value: &str, length: u64) -> Part {
        asked(&[(RANGE, value)], length)
    }

    /// The examples of RFC 9110, 14.1.2, and the edges of each form.
    #[test]
    fn a_range_is_a_part_of_the_file() {
        for (value, first, last) in [
            ("bytes=0-499", 0, 499),
            ("bytes=500-999", 500, 999),
            ("bytes=-500", 9500, 9999),
            ("bytes=9500-", 9500, 9999),
            ("bytes=0-0", 0, 0),
            ("bytes=9999-", 9999, 9999),
            ("bytes=-1", 9999, 9999),
            ("bytes=-20000", 0, 9999),
            ("bytes=0-20000", 0, 9999),
            ("Bytes= 0-99999999999999999999999", 0, 9999),
        ] {
            assert_eq!(range(value, 10_000), Part::Range { first, last }, "{value}");
        }
        for value in ["bytes=10000-", "bytes=10000-20000", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(range(value, 10_000), Part::Unsatisfiable, "{value}");
        }
        for value in [
            "bytes=5-4",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=0-0,5-6",
            "items=0-1",
            "0-1",
            "bytes=+1-2",
            "bytes=1--2",
        ] {
            assert_eq!(range(value, 10_000), Part::Whole, "{value}");
        }
        for value in ["bytes=0-", "bytes=-1", "bytes=0-0"] {
            assert_eq!(range(value, 0), Part::Unsatisfiable, "{value} of nothing");
        }
        assert_eq!(asked(&[(RANGE, "bytes=0-1"), (RANGE, "bytes=2-3")], 10), Part::Whole);
    }

    #[test]
    fn a_condition_comes_before_the_range() {
        let part = Part::Range { first: 0, last: 1 };
        for (if_range, expected) in [
            (TAG, part),
            ("\"fil_2\"", Part::Whole),
            ("W/\"fil_1\"", Part::Whole),
            ("Wed, 21 Oct 2026 07:28:00 GMT", Part::Whole),
        ] {
            assert_eq!(asked(&[(RANGE, "bytes=0-1"), (IF_RANGE, if_range)], 10), expected, "{if_range}");
        }
        for (none_match, expected) in [
            (TAG, Part::Unchanged),
            ("\"x\", W/\"fil_1\"", Part::Unchanged),
            ("*", Part::Unchanged),
            ("\"fil_2\"", part),
            ("fil_1", part),
        ] {
            assert_eq!(
                asked(&[(RANGE, "bytes=0-1"), (IF_NONE_MATCH, none_match)], 10),
                expected,
                "{none_match}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_range_leaves_the_file(value in "bytes=[0-9]{0,20}-[0-9]{0,20}", length in 0_u64..5000) {
            if let Part::Range { first, last } = range(&value, length) {
                prop_assert!(first <= last && last < length, "{value} of {length}: {first}-{last}");
            }
        }
    }
}
