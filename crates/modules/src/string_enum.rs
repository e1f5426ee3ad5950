//! The `string_enum!` macro: an enum that is a closed list of words in JSON and in the store.

/// Declares an enum: `string_enum! { /// … pub Status { /// … Active = "active", } }`. The variants are in rising
/// order.
macro_rules! string_enum {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

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
                    $(Self::$variant => concat!($($doc),+).trim(),)+
                }
            }

            /// Reads the word; case matters.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl ::palisade_core::values::Key for $name {
            const KIND: ::palisade_core::values::KeyKind = ::palisade_core::values::KeyKind::Text;

            fn to_key(&self) -> ::palisade_core::values::KeyValue {
                ::palisade_core::values::KeyValue::Text(self.as_str().to_owned())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::palisade_core::values::Field for $name {
            fn schema() -> ::palisade_core::values::Schema {
                ::palisade_core::values::Schema::one_of([$($word),+])
            }

            fn from_text(text: String) -> Result<Self, ::palisade_core::values::Violation> {
                Self::from_word(&text).ok_or_else(|| {
                    ::palisade_core::values::Violation::not_allowed(
                        concat!("must be one of:" $(, " ", $word)+),
                    )
                })
            }
        }

        impl ::palisade_core::values::ResponseField for $name {
            fn schema() -> ::palisade_core::values::Schema {
                <Self as ::palisade_core::values::Field>::schema()
            }

            fn write<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(deserializer)?;
                Self::from_word(&word).ok_or_else(|| {
                    <D::Error as ::serde::de::Error>::unknown_variant(&word, &[$($word),+])
                })
            }
        }
    };
}

pub(crate) use string_enum;
