//! The `text!` macro: newtypes over text whose one constructor is the rule.

/// Declares a text newtype that an input can carry.
///
/// ```
/// palisade_core::text! {
///     /// A colour as in CSS.
///     pub Colour, 4..=7 characters, |text| {
///         if text.starts_with('#') { Ok(text) } else { Err(palisade_core::input::Violation::invalid_format("must start with #")) }
///     };
/// }
/// ```
///
/// The bounds count code points and are checked first, so the closure sees text of bounded length. It returns the
/// text to keep, which may be a normal form of what was sent.
#[macro_export]
macro_rules! text {
    ($($(#[$meta:meta])* $vis:vis $name:ident, $min:literal ..= $max:literal characters $(, schema $schema:expr)?, |$text:ident| $check:expr;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        $vis struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Reads it; the only way to make one.
            ///
            /// # Errors
            /// The rule that the text breaks.
            pub fn parse(text: &str) -> ::std::result::Result<Self, $crate::input::Violation> {
                <Self as $crate::input::Field>::from_text(text.to_owned())
            }
        }

        impl $crate::input::Field for $name {
            fn schema() -> $crate::schema::Schema {
                let schema = $crate::schema::Schema::string().length($min, $max);
                $(let schema = { let with: fn($crate::schema::Schema) -> $crate::schema::Schema = $schema; with(schema) };)?
                schema
            }

            fn from_text($text: String) -> ::std::result::Result<Self, $crate::input::Violation> {
                // A code point has at most four bytes: counting is bounded by the body limit either way.
                let length = $text.chars().count();
                if length < $min {
                    return Err($crate::input::Violation::too_short($min));
                }
                if length > $max {
                    return Err($crate::input::Violation::too_long($max));
                }
                let checked: ::std::result::Result<String, $crate::input::Violation> = $check;
                checked.map(Self)
            }
        }

        impl $crate::utils::key::Key for $name {
            const KIND: $crate::utils::key::KeyKind = $crate::utils::key::KeyKind::Text;

            fn to_key(&self) -> $crate::utils::key::KeyValue {
                $crate::utils::key::KeyValue::Text(self.0.clone())
            }
        }

        impl $crate::utils::key::TextKey for $name {}

        impl $crate::output::Wire for $name {
            fn schema() -> $crate::schema::Schema {
                $crate::schema::Schema::string()
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
                <Self as $crate::input::Field>::from_text(text)
                    .map_err(|violation| $crate::__private::serde::de::Error::custom(violation.message))
            }
        }
    )+};
}
