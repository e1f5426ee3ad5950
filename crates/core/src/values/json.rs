//! Strict JSON (RFC 8259): duplicate keys, trailing data, lone surrogates, invalid UTF-8 and deep nesting are
//! refused before anything else is checked.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deep objects and arrays may nest. The deepest input of Palisade is an object with one list.
pub const MAX_DEPTH: usize = 8;

/// A JSON value whose objects have no duplicate keys.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer that fits.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    Array(Vec<Json>),
    /// An object, in the order of the text.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses one value that is the whole text.
    ///
    /// # Errors
    /// A sentence about the mistake in the text; it never repeats the text.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "The body is not valid UTF-8".to_owned())?;
        let mut reader = serde_json::Deserializer::from_str(text);
        let value = Strict { depth: 0 }.deserialize(&mut reader).map_err(|error| explain(&error))?;
        reader.end().map_err(|error| explain(&error))?;
        Ok(value)
    }

    /// The name of the type, with its article.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

const DUPLICATE: &str = "A key appears twice in one object";
const TOO_DEEP: &str = "The body nests too deep";
/// What serde says of a number that is JSON, and too large for any number here: `1e400`.
const TOO_LARGE: &str = "number out of range";

/// Only messages of this module: those of serde quote the input.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with(DUPLICATE) || text.starts_with(TOO_DEEP) {
        let mut words = text;
        if let Some(at) = words.rfind(" at line ") {
            words.truncate(at);
        }
        return words;
    }
    if text.starts_with(TOO_LARGE) {
        return format!("A number is too large (line {}, column {})", error.line(), error.column());
    }
    format!("The body is not valid JSON (line {}, column {})", error.line(), error.column())
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(TOO_DEEP));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        #[expect(clippy::cast_precision_loss, reason = "a number beyond i64 is always out of range")]
        Ok(i64::try_from(value).map_or(Json::Float(value as f64), Json::Integer))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let inner = self.deeper()?;
        let mut seen = std::collections::HashSet::new();
        let mut object = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            // A set, not a scan: a body of a hundred thousand keys must stay cheap.
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(DUPLICATE));
            }
            object.push((key, entries.next_value_seed(inner)?));
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Json::parse(text.as_bytes()).expect_err("this must be refused")
    }

    #[test]
    fn reads_what_rfc_8259_allows() {
        let value = Json::parse(br#" {"a":[1,-2.5,true,null,"x\u00e9"]} "#).expect("valid");
        let Json::Object(fields) = value else { panic!("an object") };
        assert_eq!(fields.len(), 1);
    }

    #[test]
    fn refuses_duplicate_keys_at_any_depth() {
        assert_eq!(refused(r#"{"role":"user","role":"admin"}"#), DUPLICATE);
        assert_eq!(refused(r#"{"a":[{"b":1,"b":2}]}"#), DUPLICATE);
        assert_eq!(refused(r#"{"a":1,"\u0061":2}"#), DUPLICATE, "escaped spellings are the same key");
    }

    #[test]
    fn refuses_deep_nesting_without_recursing_into_it() {
        assert_eq!(refused(&"[".repeat(100_000)), TOO_DEEP);
        assert_eq!(refused(&"{\"a\":".repeat(100_000)), TOO_DEEP);
    }

    #[test]
    fn refuses_everything_that_is_not_json() {
        for text in
            ["", "{", "{}x", "{} {}", "NaN", "{'a':1}", "{\"a\":1,}", "\"\\ud800\"", "01", "\u{feff}{}"]
        {
            let words = refused(text);
            assert!(words.contains("not valid JSON"), "{text:?}: {words}");
        }
        assert!(Json::parse(b"{\"a\":\"\xff\"}").expect_err("bytes").contains("UTF-8"));
    }

    #[test]
    fn huge_numbers_are_numbers_never_panics() {
        assert!(matches!(Json::parse(b"18446744073709551616"), Ok(Json::Float(_))));
        for text in ["1e999999", "{\"a\":[-1e400]}"] {
            assert!(
                refused(text).starts_with("A number is too large (line 1, "),
                "it is JSON: {}",
                refused(text)
            );
        }
    }

    #[test]
    fn never_repeats_the_text() {
        assert!(!refused(r#"{"password":"hunter2"#).contains("hunter2"));
    }
}
