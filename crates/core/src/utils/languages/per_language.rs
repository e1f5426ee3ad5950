//! A value for each language.

use super::accepted::AcceptedLanguages;
use super::tag::LanguageTag;
use fluent_langneg::{NegotiationStrategy, negotiate_languages};

/// One value for each available language. There is always one: that of the default language.
#[derive(Clone, Debug)]
pub struct PerLanguage<T> {
    default: T,
    others: Vec<T>,
    default_tag: LanguageTag,
    /// In the order of `others`.
    other_tags: Vec<LanguageTag>,
}

impl<T> PerLanguage<T> {
    pub(super) fn new(
        (default_tag, default): (LanguageTag, T),
        others: impl IntoIterator<Item = (LanguageTag, T)>,
    ) -> Self {
        let (other_tags, others) = others.into_iter().unzip();
        Self { default, others, default_tag, other_tags }
    }

    /// The value of a language; of the default language for none, and for one that is not available.
    pub fn of(&self, tag: Option<&LanguageTag>) -> &T {
        let others = || self.other_tags.iter().zip(&self.others);
        let found = tag.and_then(|tag| others().find(|(other, _)| *other == tag));
        found.map_or(&self.default, |(_, value)| value)
    }

    /// The value of the language that a client prefers among the available ones.
    pub fn accepted_by(&self, accepted: &AcceptedLanguages) -> &T {
        self.of(self.choice(accepted).as_ref())
    }

    /// The available language that a client prefers; `None` if it accepts none of them, or says nothing.
    pub fn choice(&self, accepted: &AcceptedLanguages) -> Option<LanguageTag> {
        let wanted = accepted.wanted();
        if wanted.is_empty() {
            return None;
        }
        let available: Vec<&LanguageTag> = self.tags().collect();
        let chosen = negotiate_languages(&wanted, &available, None, NegotiationStrategy::Lookup);
        chosen.first().map(|tag| LanguageTag::clone(tag))
    }

    /// The available languages, the default one first.
    pub fn tags(&self) -> impl Iterator<Item = &LanguageTag> {
        std::iter::once(&self.default_tag).chain(&self.other_tags)
    }

    /// All values, that of the default language first.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.default).chain(&self.others)
    }

    /// A value for each language from this one.
    ///
    /// # Errors
    /// The first one of the function.
    pub fn try_map<U, E>(&self, mut map: impl FnMut(&T) -> Result<U, E>) -> Result<PerLanguage<U>, E> {
        Ok(PerLanguage {
            default: map(&self.default)?,
            others: self.others.iter().map(map).collect::<Result<_, _>>()?,
            default_tag: self.default_tag.clone(),
            other_tags: self.other_tags.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> LanguageTag {
        LanguageTag::parse(text).expect("a tag")
    }

    fn available() -> PerLanguage<&'static str> {
        let others = ["en", "de", "pt", "pt-BR", "ar"].map(|text| (tag(text), text));
        PerLanguage::new((tag("fr"), "fr"), others)
    }

    #[test]
    fn a_client_gets_the_best_of_what_there_is() {
        for (header, chosen) in [
            ("de", "de"),
            ("de-AT, en;q=0.9", "de"),
            ("pt-PT", "pt"),
            ("pt-BR", "pt-BR"),
            ("sv, ar;q=0.3, en;q=0.2", "ar"),
            ("en;q=0.2, ar;q=0.3", "ar"),
            ("sv", "fr"),
            ("", "fr"),
            ("garbage;;;", "fr"),
        ] {
            let accepted = AcceptedLanguages::sent(header);
            assert_eq!(*available().accepted_by(&accepted), chosen, "{header}");
        }
        assert_eq!(*available().accepted_by(&AcceptedLanguages::default()), "fr");
    }

    #[test]
    fn only_a_real_choice_is_one() {
        let choice = |header: &str| available().choice(&AcceptedLanguages::sent(header));
        assert_eq!(choice("fr-CA"), Some(tag("fr")));
        assert_eq!(choice("sv"), None);
    }

    #[test]
    fn a_language_that_is_gone_is_the_default() {
        assert_eq!(*available().of(Some(&tag("sv"))), "fr");
        assert_eq!(*available().of(None), "fr");
        assert_eq!(*available().of(Some(&tag("ar"))), "ar");
    }
}
