//! The `text!` macro: newtypes over text whose one constructor is the rule.

/// Declares a text newtype for inputs.
///
/// ```
/// palisade_core::text! {
///     /// A color as in CSS.
///     pub Color, 4..=7 characters, |text| {
///         if text.starts_with('#') { Ok(text) } else { Err(palisade_core::values::Violation::invalid_format("must start with #")) }
///     };
/// }
/// ```
///
/// The bounds count code points and are checked first, so the closure sees text of bounded length. It returns the
/// text to keep, which may be a normal form of the input.
#[macro_export]
macro_rules! text {
    ($($(#[$meta:meta])* $vis:vis $name:ident, $min:literal ..= $max:literal characters $(, schema $schema:expr)?, |$text:ident| $check:expr);+ $(;)?) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        $vis struct $name(String);

        const _: () = ::std::assert!($min <= $max, "these bounds are reversed: write the smaller one first, as in `1..=100 characters`");

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Parses it; the only constructor.
            ///
            /// # Errors
            /// The violated rule.
            pub fn parse(text: &str) -> ::std::result::Result<Self, $crate::values::Violation> {
                <Self as $crate::values::Field>::from_text(text.to_owned())
            }
        }

        impl $crate::values::Field for $name {
            fn schema() -> $crate::values::Schema {
                let schema = $crate::values::Schema::string().length($min, $max);
                $(let schema = { let with: fn($crate::values::Schema) -> $crate::values::Schema = $schema; with(schema) };)?
                schema
            }

            fn from_text($text: String) -> ::std::result::Result<Self, $crate::values::Violation> {
                // A code point has at most four bytes: counting is bounded by the body limit either way.
                let length = $text.chars().count();
                if length < $min {
                    return Err($crate::values::Violation::too_short($min));
                }
                if length > $max {
                    return Err($crate::values::Violation::too_long($max));
                }
                let checked: ::std::result::Result<String, $crate::values::Violation> = $check;
                let text = checked?;
                // A normal form that is longer than allowed could be stored, and never be read again.
                if text.chars().count() > $max {
                    return Err($crate::values::Violation::too_long($max));
                }
                Ok(Self(text))
            }
        }

        impl $crate::values::Key for $name {
            const KIND: $crate::values::KeyKind = $crate::values::KeyKind::Text;

            fn to_key(&self) -> $crate::values::KeyValue {
                $crate::values::KeyValue::Text(self.0.clone())
            }
        }

        impl $crate::values::TextKey for $name {}

        impl $crate::values::ResponseField for $name {
            fn schema() -> $crate::values::Schema {
                $crate::values::Schema::string()
            }

            fn write<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(d: D) -> ::std::result::Result<Self, D::Error> {
                let text = <String as $crate::__private::serde::Deserialize>::deserialize(d)?;
                <Self as $crate::values::Field>::from_text(text)
                    .map_err(|violation| $crate::__private::serde::de::Error::custom(violation.message))
            }
        }
    )+};
    ($($other:tt)*) => {
        ::std::compile_error!(
            "a text has a name, a comma, its bounds with the word `characters`, and a closure with its rule: `text! { pub Name, 1..=100 characters, |text| Ok(text); }`"
        );
    };
}
