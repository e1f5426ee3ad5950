//! Typed, prefixed identifiers: `usr_018f…`. The prefix tells a reader and a parser what the id names; the rest is
//! a UUIDv7 (RFC 9562), so ids sort by creation and insert at the end of an index.
//!
//! An id is a name, never a secret: it reveals its creation time.

use std::fmt;

use uuid::Uuid;

use crate::system::{Clock, Rng};

/// The interface of typed ids. Implemented by [`id!`](crate::id).
pub trait Id: Sized + Clone + fmt::Display + Send + Sync + 'static {
    /// The letters before the underscore.
    const PREFIX: &'static str;

    /// A new id, from the given clock and randomness.
    fn generate(clock: &dyn Clock, rng: &dyn Rng) -> Self;

    /// A new id that sorts after `last`, also within one millisecond and with a clock that was set back (RFC 9562, 6.2): for
    /// what must be listed in the order in which one process made it.
    fn generate_after(last: Option<Self>, clock: &dyn Clock, rng: &dyn Rng) -> Self;

    /// Parses an id. `None` for anything but the one canonical spelling.
    fn parse(text: &str) -> Option<Self>;
}

/// A UUIDv7 from a given clock and given randomness.
pub fn uuid_v7(clock: &dyn Clock, rng: &dyn Rng) -> Uuid {
    let mut random = [0_u8; 10];
    rng.fill(&mut random);
    let millis = u64::try_from(clock.now().as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The same, greater than `last`: the random part counts on where the time alone does not decide.
pub fn uuid_v7_after(last: Option<Uuid>, clock: &dyn Clock, rng: &dyn Rng) -> Uuid {
    /// The bits below the variant of RFC 9562, 5.7.
    const COUNTED: u128 = (1 << 62) - 1;
    let next = uuid_v7(clock, rng);
    match last {
        Some(last) if next <= last => {
            let (fixed, counted) = (last.as_u128() & !COUNTED, last.as_u128() & COUNTED);
            Uuid::from_u128(fixed | (counted + 1) & COUNTED)
        }
        _ => next,
    }
}

/// The canonical body of an id: 32 lower-case hexadecimal digits, nothing else.
pub fn parse_body(text: &str, prefix: &str) -> Option<Uuid> {
    let body = text.strip_prefix(prefix)?.strip_prefix('_')?;
    if body.len() != 32 || !body.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    Uuid::try_parse(body).ok()
}

/// Declares typed ids: `id! { /// A person. pub UserId = "usr"; }`.
#[macro_export]
macro_rules! id {
    ($($(#[$meta:meta])* $vis:vis $name:ident = $prefix:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis struct $name($crate::__private::Uuid);

        impl $crate::values::Id for $name {
            const PREFIX: &'static str = $prefix;

            fn generate(clock: &dyn $crate::system::Clock, rng: &dyn $crate::system::Rng) -> Self {
                Self($crate::values::uuid_v7(clock, rng))
            }

            fn generate_after(
                last: Option<Self>,
                clock: &dyn $crate::system::Clock,
                rng: &dyn $crate::system::Rng,
            ) -> Self {
                Self($crate::values::uuid_v7_after(last.map(|last| last.0), clock, rng))
            }

            fn parse(text: &str) -> Option<Self> {
                $crate::values::parse_body(text, $prefix).map(Self)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.as_simple())
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(d: D) -> ::std::result::Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as $crate::__private::serde::Deserialize>::deserialize(d)?;
                <Self as $crate::values::Id>::parse(&text)
                    .ok_or_else(|| $crate::__private::serde::de::Error::custom(concat!("not an id of the form ", $prefix, "_…")))
            }
        }

        impl $crate::values::Field for $name {
            fn schema() -> $crate::values::Schema {
                $crate::values::Schema::string()
                    .pattern(concat!("^", $prefix, "_[0-9a-f]{32}$"))
                    .example(concat!($prefix, "_0190a1b2c3d4e5f60718293a4b5c6d7e"))
            }

            fn from_text(text: String) -> ::std::result::Result<Self, $crate::values::Violation> {
                <Self as $crate::values::Id>::parse(&text).ok_or_else(|| {
                    $crate::values::Violation::invalid_format(concat!("must be an id of the form ", $prefix, "_…"))
                })
            }
        }

        impl $crate::values::Key for $name {
            const KIND: $crate::values::KeyKind = $crate::values::KeyKind::Text;

            fn to_key(&self) -> $crate::values::KeyValue {
                $crate::values::KeyValue::Text(self.to_string())
            }
        }

        impl $crate::values::ResponseField for $name {
            fn schema() -> $crate::values::Schema {
                <Self as $crate::values::Field>::schema()
            }

            fn write<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::system::SystemRng;
    use crate::system::time::Timestamp;

    /// A clock that a test sets.
    #[derive(Debug)]
    struct At(i64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0)
        }

        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }
    }

    #[test]
    fn ids_after_each_other_rise_within_a_millisecond_and_when_the_clock_is_set_back() {
        let mut last = None;
        for (millis, count) in [(1_700_000_000_000, 500), (1_699_999_000_000, 500), (1_700_000_000_001, 5)] {
            for _ in 0..count {
                let next = uuid_v7_after(last, &At(millis), &SystemRng);
                assert!(last.is_none_or(|last| last < next), "{next} after {last:?}");
                assert_eq!((next.get_version_num(), next.get_variant()), (7, uuid::Variant::RFC4122));
                last = Some(next);
            }
        }
        let begun = uuid_v7(&At(1_700_000_000_001), &SystemRng).as_u128() >> 80;
        assert_eq!(last.expect("one").as_u128() >> 80, begun, "a later time is written again");
    }
}
