//! The name of a file, as its owner calls it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::values::Violation;

crate::text! {
    /// The name of a file, as its owner calls it: 1 to 200 characters without slashes and control characters. It is shown and
    /// never a path of the server.
    pub FileName, 1..=200 characters, |text| {
        let name = text.trim().to_owned();
        let is_hidden = |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if name.is_empty() || name.chars().all(|c| c == '.') || name.chars().any(is_hidden) {
            Err(Violation::invalid_format("must be a name, without slashes, control characters and marks of direction"))
        } else {
            Ok(name)
        }
    };
}

/// All but `attr-char` of RFC 8187, 3.2.1.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

impl FileName {
    /// The value of `Content-Disposition` (RFC 6266, 4): a name that every client reads, and the exact one.
    pub(crate) fn disposition(&self, kind: &str) -> String {
        let plain: String = self.as_str().chars().map(plain).collect();
        if plain == self.as_str() {
            return format!("{kind}; filename=\"{plain}\"");
        }
        let exact = utf8_percent_encode(self.as_str(), ENCODED);
        format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}")
    }
}

/// A character that needs no escape in a quoted string. RFC 6266, appendix D: clients disagree on `\` and on `%`.
fn plain(c: char) -> char {
    match c {
        '"' | '%' => '_',
        ' '..='~' => c,
        _ => '_',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disposition(name: &str) -> String {
        FileName::parse(name).unwrap().disposition("attachment")
    }

    #[test]
    fn a_name_is_a_name_and_no_path() {
        for fine in ["a", "Rechnung März.pdf", "report (1).csv", ".env", "名前.txt"] {
            assert_eq!(FileName::parse(&format!(" {fine} ")).unwrap().as_str(), fine);
        }
        for wrong in ["", " ", ".", "..", "a/b", "..\\b", "a\nb", "a\0", "exe.\u{202e}fdp", &"x".repeat(201)]
        {
            assert!(FileName::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    /// RFC 6266, 5, and RFC 8187, 3.2.3.
    #[test]
    fn a_disposition_has_the_exact_name_and_one_that_every_client_reads() {
        assert_eq!(disposition("example.html"), "attachment; filename=\"example.html\"");
        assert_eq!(
            disposition("€ rates"),
            "attachment; filename=\"_ rates\"; filename*=UTF-8''%E2%82%AC%20rates"
        );
        assert_eq!(
            disposition("a\"; filename=\"evil.exe"),
            "attachment; filename=\"a_; filename=_evil.exe\"; filename*=UTF-8''a%22%3B%20filename%3D%22evil.exe"
        );
        assert_eq!(disposition("50%.txt"), "attachment; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt");
    }
}
