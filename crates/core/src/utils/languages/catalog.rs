//! The available languages.

use std::ops::Deref;
use std::sync::Arc;

use super::files::{LanguageFile, LanguageFiles};
use super::language::Language;
use super::per_language::PerLanguage;
use super::product::ProductTexts;
use super::tag::LanguageTag;

/// The available languages, each with all texts. Clones share them.
#[derive(Clone, Debug)]
pub struct Languages(Arc<PerLanguage<Arc<Language>>>);

impl Languages {
    /// The languages of these files. `None` if the default one is not among them.
    pub(crate) fn new(files: &LanguageFiles, default: &LanguageTag) -> Option<Self> {
        let signatures = Arc::new(files.signatures.clone());
        let language = |file: &LanguageFile, fallback: Option<&Arc<Language>>| {
            Arc::new(Language::new(file, Arc::clone(&signatures), fallback.cloned()))
        };
        let english = language(files.languages.first()?, None);
        let default = files.languages.iter().find(|file| file.tag == *default)?;
        let default = language(default, Some(&english));
        let others = files.languages.iter().filter(|file| file.tag != *default.tag());
        let others = others.map(|file| (file.tag.clone(), language(file, Some(&default))));
        Some(Self(Arc::new(PerLanguage::new((default.tag().clone(), Arc::clone(&default)), others))))
    }

    /// The languages of the program, English by default: for tests, which need no configuration.
    ///
    /// # Errors
    /// A defect of its files.
    pub fn built_in() -> Result<Self, Vec<String>> {
        let files = LanguageFiles::read(None, ProductTexts::NONE)?;
        let english = files.tags().next().and_then(|english| Self::new(&files, english));
        english.ok_or_else(|| vec!["there is no language".to_owned()])
    }
}

impl Deref for Languages {
    type Target = PerLanguage<Arc<Language>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
