//! The name of a user. Free text in any script, but one line of it, readable from one end to the other.

use std::fmt;

use palisade_core::values::{Field, ResponseField, Schema, Violation};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a user: 1–100 code points without surrounding space, none of them a control character, a line
/// separator or a character that changes the direction of the text around it.
///
/// It is data, never markup: code that prints it escapes it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// The maximum number of code points.
    pub const MAX_LENGTH: usize = 100;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a name; the only constructor.
    ///
    /// # Errors
    /// The rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let text = text.trim();
        if text.chars().all(is_invisible) {
            return Err(Violation::too_short(1));
        }
        if text.chars().count() > Self::MAX_LENGTH {
            return Err(Violation::too_long(Self::MAX_LENGTH));
        }
        if text.chars().any(breaks_a_line_of_text) {
            return Err(Violation::invalid_format(
                "must not have control characters, line breaks or text direction marks",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Control characters end log lines and mail headers; the others reorder or split the text next to the name
/// (Unicode TR 36, "bidirectional text spoofing"). Single marks (U+200E, U+200F) do not, and some scripts need
/// them.
fn breaks_a_line_of_text(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Space and invisible characters: a name of only these could not be seen or clicked in a list.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
                | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{2800}'
                | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}'
        )
}

impl fmt::Debug for Name {
    /// Names are personal data and stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(…)")
    }
}

/// The same rule for a schema: surrounding space, at least one visible character, and nothing that breaks a line of
/// text. Only the constructor knows the invisible characters beyond the first 65536 code points.
const PATTERN: &str = concat!(
    r"^\s*[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*",
    r"[^\s\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5",
    r"\u180b-\u180f\u200b-\u200f\u2060-\u2064\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]",
    r"[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*\s*$",
);

impl Field for Name {
    fn schema() -> Schema {
        Schema::string().length(1, Self::MAX_LENGTH).pattern(PATTERN).example("Ada Lovelace")
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        Self::parse(&text)
    }
}

impl ResponseField for Name {
    fn schema() -> Schema {
        <Self as Field>::schema()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?)
            .map_err(|broken| serde::de::Error::custom(broken.message))
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::values::ViolationCode;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_any_script_are_names() {
        for text in [
            "Ada",
            "O’Neill-Smith, Jr.",
            "José",
            "李小龍",
            "محمد",
            "שרה",
            "🦀",
            "<b>Bobby</b>",
            "x",
            "אב\u{200F}",
        ] {
            assert_eq!(Name::parse(text).expect(text).as_str(), text);
        }
    }

    #[test]
    fn surrounding_space_is_not_part_of_a_name() {
        assert_eq!(Name::parse("  Ada Lovelace\u{3000}\n").expect("a name").as_str(), "Ada Lovelace");
    }

    #[test]
    fn length_counts_code_points_after_trimming() {
        assert!(Name::parse(&format!(" {} ", "é".repeat(100))).is_ok());
        assert_eq!(Name::parse(&"é".repeat(101)).expect_err("long").code, ViolationCode::TooLong);
    }

    #[test]
    fn a_name_that_cannot_be_seen_is_no_name() {
        for text in ["", " ", "\t\n", "\u{200B}", "\u{FEFF}\u{2060}", "\u{3164}", "\u{2800}\u{AD}"] {
            assert_eq!(Name::parse(text).expect_err("invisible").code, ViolationCode::TooShort, "{text:?}");
        }
    }

    #[test]
    fn a_name_is_one_line_and_keeps_its_direction() {
        let odd =
            "\0 \r \n \u{1B} \u{7F} \u{85} \u{9B} \u{2028} \u{2029} \u{202A} \u{202E} \u{2066} \u{2069}";
        for c in odd.split(' ') {
            let violation = Name::parse(&format!("Ada{c}Bcc: x@y.example")).expect_err("refused");
            assert_eq!(violation.code, ViolationCode::InvalidFormat, "{c:?}");
        }
    }

    #[test]
    fn debug_does_not_tell_it() {
        assert_eq!(format!("{:?}", Name::parse("Ada").expect("a name")), "Name(…)");
    }

    proptest! {
        #[test]
        fn what_was_accepted_is_accepted_unchanged(text in "\\PC{0,120}") {
            if let Ok(name) = Name::parse(&text) {
                prop_assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
                prop_assert!(name.as_str().chars().count() <= Name::MAX_LENGTH);
                prop_assert!(!name.as_str().chars().any(char::is_control));
            }
        }
    }
}
