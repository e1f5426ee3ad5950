//! The languages of built-in pages and mails.

use super::folder::Folder;
use super::reader::Reader;
use super::settings::{Problem, Setting, settings};
use crate::utils::languages::{LanguageFiles, LanguageTag, Languages, ProductTexts};

impl Setting for LanguageTag {
    fn expects() -> String {
        "the tag of an available language: `en`, `pt-BR`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        Self::parse(text).ok_or(Problem::Borrowed("is not the tag of a language"))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

settings! {
    /// The settings of languages as the environment gives them.
    pub(super) struct LanguageSettings in "Languages" {
        /// The language of pages and mails for people who ask for none of the available languages. The program has
        /// ar, de, en, es, fr, pt and tr; LOCALES_DIR can add more.
        default: LanguageTag = DEFAULT_LOCALE default("en");
        /// A folder with texts of yours, one Fluent file for each language (`de.ftl`): they replace single texts of
        /// the program, or add a language (docs/languages.md). A file with a mistake is refused.
        folder: Folder = LOCALES_DIR optional("the texts of the program") like "/etc/palisade/locales";
    }
}

/// The available languages; `None` after a mistake, which the reader has.
pub(super) fn read(reader: &mut Reader<'_>, product: ProductTexts) -> Option<Languages> {
    let LanguageSettings { default, folder } = LanguageSettings::read(reader);
    if reader.failed(LanguageSettings::LOCALES_DIR) {
        return None;
    }
    let files = match LanguageFiles::read(folder.as_ref().map(Folder::path), product) {
        Ok(files) => files,
        Err(mistakes) => {
            for mistake in mistakes {
                reader.refuse_for(LanguageSettings::LOCALES_DIR, mistake, "texts as in docs/languages.md");
            }
            return None;
        }
    };
    let languages = Languages::new(&files, &default);
    if languages.is_none() {
        let available: Vec<&str> = files.tags().map(LanguageTag::as_str).collect();
        let problem = format!("is not an available language ({default})");
        let expected = format!("one of {}", available.join(", "));
        reader.refuse_for(LanguageSettings::DEFAULT_LOCALE, problem, expected);
    }
    languages
}
