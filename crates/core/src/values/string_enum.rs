//! The `string_enum!` macro: an enum that is a closed list of words in JSON and in the store.

/// Checks a list of words, for [`string_enum!`](crate::string_enum).
///
/// # Panics
/// At compile time, if a word is empty or there twice: it would mean two things.
#[doc(hidden)]
pub const fn words(mut words: &[&str]) {
    while let [word, rest @ ..] = words {
        assert!(!word.is_empty(), "a variant has an empty word");
        let mut others = rest;
        while let [other, later @ ..] = others {
            assert!(!same(word.as_bytes(), other.as_bytes()), "two variants have the same word");
            others = later;
        }
        words = rest;
    }
}

const fn same(mut one: &[u8], mut other: &[u8]) -> bool {
    loop {
        match (one, other) {
            ([], []) => return true,
            ([a, one_rest @ ..], [b, other_rest @ ..]) if *a == *b => {
                one = one_rest;
                other = other_rest;
            }
            _ => return false,
        }
    }
}

/// Declares an enum that is one of several words: in JSON, in a path or a query, in the store.
///
/// ```
/// palisade_core::string_enum! {
///     /// The size of a parcel.
///     pub Size {
///         /// Fits through a letter box.
///         Small = "small",
///         /// Fits on a bicycle.
///         Large = "large",
///     }
/// }
/// assert_eq!(Size::from_word("large"), Some(Size::Large));
/// assert_eq!(Size::Small.meaning(), "Fits through a letter box.");
/// assert!(Size::Small < Size::Large);
/// ```
///
/// The variants are in rising order, and each says in its documentation what its word means.
///
/// Two variants with one word do not compile:
///
/// ```compile_fail
/// palisade_core::string_enum! {
///     pub Size {
///         /// Fits through a letter box.
///         Small = "small",
///         /// Fits on a bicycle.
///         Large = "small",
///     }
/// }
/// ```
#[macro_export]
macro_rules! string_enum {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        const _: () = $crate::values::words(&[$($word),+]);

        impl $name {
            /// All variants, in rising order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in JSON and in the store.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// What the word means, as a sentence.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => ::std::concat!($($doc),+).trim(),)+
                }
            }

            /// Reads the word; case matters.
            pub fn from_word(word: &str) -> ::std::option::Option<Self> {
                Self::ALL.iter().copied().find(|variant| variant.as_str() == word)
            }
        }

        impl $crate::values::Key for $name {
            const KIND: $crate::values::KeyKind = $crate::values::KeyKind::Text;

            fn to_key(&self) -> $crate::values::KeyValue {
                $crate::values::KeyValue::Text(self.as_str().to_owned())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::values::Field for $name {
            fn schema() -> $crate::values::Schema {
                $crate::values::Schema::one_of([$($word),+])
            }

            fn from_text(text: ::std::string::String) -> ::std::result::Result<Self, $crate::values::Violation> {
                Self::from_word(&text).ok_or_else(|| {
                    $crate::values::Violation::not_allowed(
                        ::std::concat!("must be one of:" $(, " ", $word)+),
                    )
                })
            }
        }

        impl $crate::values::ResponseField for $name {
            fn schema() -> $crate::values::Schema {
                <Self as $crate::values::Field>::schema()
            }

            fn write<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(d: D) -> ::std::result::Result<Self, D::Error> {
                let word = <::std::borrow::Cow<'de, str> as $crate::__private::serde::Deserialize>::deserialize(d)?;
                Self::from_word(&word).ok_or_else(|| {
                    <D::Error as $crate::__private::serde::de::Error>::unknown_variant(&word, &[$($word),+])
                })
            }
        }
    };
    ($($other:tt)*) => {
        ::std::compile_error!(
            "an enum of words has a name and its variants, each with what it means and its word: `string_enum! { pub Size { /// Fits through a letter box. Small = \"small\", } }`, with the `///` on a line of its own"
        );
    };
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro writes for others, and here is only this test")]
mod tests {
    use crate::values::{Field, Json, Key, KeyValue, ViolationCode};

    crate::string_enum! {
        /// The size of a parcel.
        pub(super) Size {
            /// Fits through a
            /// letter box.
            Small = "small",
            /// Fits on a bicycle.
            Large = "very_large"
        }
    }

    #[test]
    fn a_word_means_its_variant_and_nothing_else_does() {
        for size in Size::ALL {
            assert_eq!(Size::from_text(size.to_string()), Ok(*size));
            assert_eq!(serde_json::from_str::<Size>(&format!("\"{size}\"")).expect("reads"), *size);
            assert_eq!(size.to_key(), KeyValue::Text(size.as_str().to_owned()));
        }
        for text in ["", "Small", "small ", "smal", "smalls", "small\0", "0", "very_large,small"] {
            let violation = Size::from_text(text.to_owned()).expect_err(text);
            assert_eq!(violation.code, ViolationCode::NotAllowed, "{text:?}");
            assert_eq!(violation.message, "must be one of: small very_large");
            assert!(serde_json::from_str::<Size>(&format!("{text:?}")).is_err(), "{text:?}");
        }
        for odd in [Json::Integer(0), Json::Null, Json::Array(vec![Json::String("small".to_owned())])] {
            assert_eq!(Size::from_json(odd).expect_err("no text").code, ViolationCode::InvalidType);
        }
    }

    #[test]
    fn the_words_are_in_the_schema_and_in_rising_order() {
        assert_eq!(<Size as Field>::schema().values, ["small", "very_large"]);
        assert!(Size::Small < Size::Large);
        assert_eq!(Size::Small.meaning(), "Fits through a letter box.");
    }
}
