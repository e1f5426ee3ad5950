//! The name of the product.

use std::fmt;

use super::settings::{Problem, Setting};

/// The product's name for people: one line of readable text in any script.
///
/// It is data, never markup: code that prints it escapes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductName(String);

impl ProductName {
    /// The maximum number of code points: the name appears in subjects, beside an address, and in the title of a
    /// window.
    pub const MAX_LENGTH: usize = 60;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProductName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Setting for ProductName {
    fn expects() -> String {
        format!(
            "1 to {} characters on one line, a letter or a digit among them, without `<`, `>` and `\"`",
            Self::MAX_LENGTH
        )
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.chars().count() > Self::MAX_LENGTH {
            return Err(format!("is longer than {} characters", Self::MAX_LENGTH).into());
        }
        if !text.contains(char::is_alphanumeric) {
            return Err("has neither a letter nor a digit".into());
        }
        if text.contains(breaks_a_line) {
            return Err(
                "has line breaks, control characters or marks that change the direction of text".into()
            );
        }
        // It appears beside the address of a mail, where these characters end a name (RFC 5322, section 3.4).
        if text.contains(['<', '>', '"']) {
            return Err("has `<`, `>` or `\"`".into());
        }
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// Control characters end mail headers; the others split or reorder the text beside the name (Unicode TR 36).
fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_readable_line() {
        for (text, kept) in
            [("Shop", "Shop"), (" Fish & Chips ", "Fish & Chips"), ("店", "店"), ("Zoë's", "Zoë's")]
        {
            assert_eq!(ProductName::parse(text).map(|name| name.show()), Ok(kept.to_owned()), "{text}");
        }
        let long = "a".repeat(61);
        for text in
            ["", " ", "…", "a\nb", "a\r\nBcc: x", "a\u{202E}b", "a\u{0}", "Shop <a@b.c>", "\"Shop\"", &long]
        {
            assert!(ProductName::parse(text).is_err(), "{text:?}");
        }
        assert!(ProductName::parse(&"ä".repeat(60)).is_ok());
    }
}
