//! The languages that a client accepts: `Accept-Language` (RFC 9110, 12.5.4).

use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, HeaderValue};
use unic_langid::LanguageIdentifier;

/// How much of the header is read. Browsers send less than a hundred bytes.
const MAX_BYTES: usize = 512;
/// How many languages of it are read.
const MAX_RANGES: usize = 16;

/// `Accept-Language` as received. Most requests never need it, so it is parsed where a language is chosen, and a clone
/// shares the bytes.
#[derive(Clone, Debug, Default)]
pub struct AcceptedLanguages(Option<HeaderValue>);

impl AcceptedLanguages {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(headers.get(ACCEPT_LANGUAGE).cloned())
    }

    /// The languages, the most wanted first. What is no language, or not wanted (`q=0`), is left out.
    pub(super) fn wanted(&self) -> Vec<LanguageIdentifier> {
        let Some(header) = &self.0 else { return Vec::new() };
        let read = header.as_bytes().get(..MAX_BYTES).unwrap_or(header.as_bytes());
        let ranges = read.split(|byte| *byte == b',').take(MAX_RANGES);
        let mut wanted: Vec<(u16, LanguageIdentifier)> = ranges.filter_map(range).collect();
        // Stable: of two with the same weight, the first one is preferred.
        wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        wanted.into_iter().map(|(_, language)| language).collect()
    }
}

/// `de-AT;q=0.8`: a weight in thousandths, and the language.
fn range(range: &[u8]) -> Option<(u16, LanguageIdentifier)> {
    let mut parts = std::str::from_utf8(range).ok()?.split(';').map(str::trim);
    let language = parts.next()?.parse().ok()?;
    let weight = match parts.next() {
        None => 1000,
        Some(parameter) => weight(parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?)?,
    };
    (weight > 0).then_some((weight, language))
}

/// `0`, `0.5`, `1.000`: at most three digits after the point (RFC 9110, 12.4.2).
fn weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match whole {
        "0" => format!("{fraction:0<3}").parse().ok(),
        "1" => fraction.bytes().all(|byte| byte == b'0').then_some(1000),
        _ => None,
    }
}

#[cfg(test)]
impl AcceptedLanguages {
    pub(crate) fn sent(header: &str) -> Self {
        Self(HeaderValue::from_bytes(header.as_bytes()).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(header: &str) -> String {
        let wanted = AcceptedLanguages::sent(header).wanted();
        wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_most_wanted_comes_first() {
        for (header, expected) in [
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de-AT de en"),
            ("en;q=0.5 , fr;q=0.75,de ; q=0.125", "fr en de"),
            ("en;q=0.8,tr;q=0.8", "en tr"),
            ("en;q=1.000, fr;Q=0.999", "en fr"),
            ("fr;q=0, en;q=0.0, de;q=0.001", "de"),
            ("*, ar;q=0.1", "ar"),
        ] {
            assert_eq!(wanted(header), expected, "{header}");
        }
    }

    #[test]
    fn garbage_is_no_language() {
        for header in [
            "",
            ",,,",
            ";",
            "de;q=2",
            "de;q=-1",
            "de;q=0.1234",
            "de;q=",
            "de;level=1",
            "de;q=1.001",
            "d",
            "\u{e9}",
            "<script>",
        ] {
            assert_eq!(wanted(header), "", "{header}");
        }
        assert_eq!(wanted("<script>, de"), "de");
    }

    #[test]
    fn what_is_too_long_is_not_read_to_its_end() {
        assert_eq!(wanted(&format!("{}tr", "de,".repeat(MAX_RANGES))).split(' ').count(), MAX_RANGES);
        assert_eq!(wanted(&format!("{}tr", " ".repeat(MAX_BYTES))), "");
    }
}
