//! Tags of languages.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unic_langid::{CharacterDirection, LanguageIdentifier};

/// The tag of a language in its canonical form: `de`, `pt-BR`, `zh-Hant`. Language, script, region and variants, no
/// extensions (BCP 47, RFC 5646). Clones share it.
#[derive(Clone, PartialEq, Eq)]
pub struct LanguageTag(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    identifier: LanguageIdentifier,
    text: String,
}

impl LanguageTag {
    /// The longest tag that RFC 5646 section 4.4.1 asks everyone to support.
    pub const MAX_LENGTH: usize = 35;

    /// Reads a tag in any case. `None` for anything else, and for a language without a code of two or three letters.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::MAX_LENGTH {
            return None;
        }
        let identifier: LanguageIdentifier = text.parse().ok()?;
        // No longer code was ever registered: it is a word that somebody took for a code.
        let has_code = !identifier.language.is_empty() && identifier.language.as_str().len() <= 3;
        let text = identifier.to_string();
        has_code.then(|| Self(Arc::new(Inner { identifier, text })))
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Whether the language is written from right to left.
    pub fn is_right_to_left(&self) -> bool {
        self.0.identifier.character_direction() == CharacterDirection::RTL
    }

    pub(super) fn identifier(&self) -> &LanguageIdentifier {
        &self.0.identifier
    }
}

impl AsRef<LanguageIdentifier> for LanguageTag {
    fn as_ref(&self) -> &LanguageIdentifier {
        &self.0.identifier
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LanguageTag({self})")
    }
}

impl Serialize for LanguageTag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for LanguageTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not the tag of a language"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_kept_in_its_canonical_form() {
        for (text, kept) in [("de", "de"), ("PT-br", "pt-BR"), ("zh_hant_tw", "zh-Hant-TW"), ("fil", "fil")] {
            assert_eq!(LanguageTag::parse(text).map(|tag| tag.to_string()).as_deref(), Some(kept), "{text}");
        }
        for text in ["", "*", "d", "deutsch", "und", "de-", "de-DE-u-co-phonebk", "../de", "de.ftl", " de"] {
            assert_eq!(LanguageTag::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_stored_tag_reads_back() {
        let tag = LanguageTag::parse("pt-BR").unwrap();
        let stored = serde_json::to_string(&tag).unwrap();
        assert_eq!(stored, "\"pt-BR\"");
        assert_eq!(serde_json::from_str::<LanguageTag>(&stored).unwrap(), tag);
        assert!(serde_json::from_str::<LanguageTag>("\"no language\"").is_err());
    }

    #[test]
    fn the_script_decides_the_direction() {
        for (text, right_to_left) in
            [("ar", true), ("he", true), ("fa-IR", true), ("en", false), ("tr", false), ("az-Arab", true)]
        {
            assert_eq!(LanguageTag::parse(text).unwrap().is_right_to_left(), right_to_left, "{text}");
        }
    }
}
