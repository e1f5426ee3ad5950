//! The ids of traces, and the header in which a caller names its own (W3C Trace Context).

use std::fmt;

use crate::system::Rng;

/// The longest kept `tracestate`, in bytes: what the standard asks everyone to keep (section 3.3.1.5).
const MAX_STATE: usize = 512;

/// The id of a trace: 16 bytes that are not all zero. Shows itself in lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TraceId([u8; 16]);

/// The id of a span: 8 bytes that are not all zero. Shows itself in lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SpanId([u8; 8]);

macro_rules! ids {
    ($($id:ident: $length:literal),+) => { $(
        impl $id {
            /// Random, as the standard asks for.
            pub(super) fn random(rng: &dyn Rng) -> Self {
                let mut bytes = [0; $length];
                rng.fill(&mut bytes);
                // All zero means that there is no id.
                Self::from_bytes(bytes).unwrap_or(Self([1; $length]))
            }

            /// Reads lower-case hexadecimal.
            fn parse(text: &str) -> Option<Self> {
                let mut bytes = [0; $length];
                let digits = text.as_bytes();
                if digits.len() != 2 * $length {
                    return None;
                }
                for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
                    *byte = pair.iter().try_fold(0, |sum, digit| Some(sum << 4 | nibble(*digit)?))?;
                }
                Self::from_bytes(bytes)
            }

            /// From its bytes; `None` if all are zero.
            pub fn from_bytes(bytes: [u8; $length]) -> Option<Self> {
                (bytes != [0; $length]).then_some(Self(bytes))
            }

            /// The bytes.
            pub fn to_bytes(self) -> [u8; $length] {
                self.0
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )+ };
}

ids!(TraceId: 16, SpanId: 8);

/// The value of a lower-case hexadecimal digit. The standard allows no others.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The span of a caller, which ours continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parent {
    pub(crate) trace: TraceId,
    pub(crate) span: SpanId,
    /// Whether the caller records the trace. Otherwise we only name it.
    pub(crate) is_sampled: bool,
    /// What vendors keep about the trace, passed on as it is.
    pub(crate) state: Option<Box<str>>,
}

impl Parent {
    /// Reads `traceparent` and, if it is valid, `tracestate` (sections 3.2 and 3.3). A later version of the header may be longer,
    /// and begins like the first one.
    pub(crate) fn parse(parent: &str, state: Option<&str>) -> Option<Self> {
        let mut parts = parent.splitn(5, '-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let byte = |text: &str| match text.as_bytes() {
            [high, low] => Some(nibble(*high)? << 4 | nibble(*low)?),
            _ => None,
        };
        let version = byte(version).filter(|version| *version != 0xff)?;
        if version == 0 && parts.next().is_some() {
            return None;
        }
        let is_visible = |text: &&str| {
            !text.is_empty() && text.len() <= MAX_STATE && text.bytes().all(|b| matches!(b, b' '..=b'~'))
        };
        Some(Self {
            trace: TraceId::parse(trace)?,
            span: SpanId::parse(span)?,
            is_sampled: byte(flags)? & 1 == 1,
            state: state.filter(is_visible).map(Into::into),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    #[test]
    fn a_header_of_the_standard_is_read() {
        for (text, sampled) in [
            (format!("00-{TRACE}-{SPAN}-01"), true),
            (format!("00-{TRACE}-{SPAN}-00"), false),
            // Flags of a later level.
            (format!("00-{TRACE}-{SPAN}-03"), true),
            (format!("01-{TRACE}-{SPAN}-01"), true),
            (format!("cc-{TRACE}-{SPAN}-01-what-comes-later"), true),
        ] {
            let parent = Parent::parse(&text, Some("vendor=1")).unwrap();
            assert_eq!((parent.trace.to_string(), parent.span.to_string()), (TRACE.into(), SPAN.into()));
            assert_eq!((parent.is_sampled, parent.state.as_deref()), (sampled, Some("vendor=1")), "{text}");
        }
    }

    #[test]
    fn any_other_header_counts_as_none() {
        let upper = TRACE.to_uppercase();
        for text in [
            String::new(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-0g"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{upper}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{SPAN}-{TRACE}-01"),
            format!(" 00-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}é-{SPAN}-01"),
        ] {
            assert_eq!(Parent::parse(&text, None), None, "{text}");
        }
    }

    #[test]
    fn a_state_that_is_too_long_or_not_visible_is_left_out() {
        let header = format!("00-{TRACE}-{SPAN}-01");
        for (state, kept) in [
            ("a=1".to_owned(), true),
            ("x".repeat(513), false),
            ("a=\u{1}".to_owned(), false),
            (String::new(), false),
        ] {
            let parent = Parent::parse(&header, Some(&state)).unwrap();
            assert_eq!(parent.state.is_some(), kept, "{state}");
        }
    }

    #[derive(Debug)]
    struct Zeros;

    impl Rng for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn no_id_is_zero() {
        assert_ne!(TraceId::random(&Zeros).to_bytes(), [0; 16]);
        assert_ne!(SpanId::random(&Zeros).to_bytes(), [0; 8]);
    }
}
