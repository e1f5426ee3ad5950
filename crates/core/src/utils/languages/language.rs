//! One language.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;

use super::arguments::TextArguments;
use super::check::Signatures;
use super::files::LanguageFile;
use super::tag::LanguageTag;
use crate::utils::templates::TemplateContext;

/// What Fluent puts around an argument whose direction may be another one than that of the text (UAX 9).
const ISOLATES: [char; 2] = ['\u{2068}', '\u{2069}'];

/// The texts of one language. A text that the language lacks comes from the default language or from English.
pub struct Language {
    tag: LanguageTag,
    bundle: FluentBundle<Arc<FluentResource>>,
    signatures: Arc<Signatures>,
    fallback: Option<Arc<Language>>,
}

/// A text that cannot be formatted: a defect of the code that asks for it.
#[derive(Debug, thiserror::Error)]
#[error("writing the text `{id}` in {language}: {problem}")]
pub struct TextError {
    id: String,
    language: LanguageTag,
    problem: String,
}

impl Language {
    pub(super) fn new(
        file: &LanguageFile,
        signatures: Arc<Signatures>,
        fallback: Option<Arc<Language>>,
    ) -> Self {
        let tag = file.tag.clone();
        let mut bundle = FluentBundle::new_concurrent(vec![tag.identifier().clone()]);
        // The other way round the marks would change nothing that a reader sees.
        bundle.set_use_isolating(tag.is_right_to_left());
        for resource in [&file.built_in, &file.product, &file.operators].into_iter().flatten() {
            bundle.add_resource_overriding(Arc::clone(resource));
        }
        Self { tag, bundle, signatures, fallback }
    }

    /// Its tag.
    pub fn tag(&self) -> &LanguageTag {
        &self.tag
    }

    /// The value of the attribute `dir`.
    pub fn direction(&self) -> &'static str {
        if self.tag.is_right_to_left() { "rtl" } else { "ltr" }
    }

    /// A text.
    ///
    /// # Errors
    /// When there is no such text, or when it asks for an argument that it is not given.
    pub fn text(&self, id: &str, arguments: &TextArguments) -> Result<String, TextError> {
        let failed = |problem: String| TextError { id: id.to_owned(), language: self.tag.clone(), problem };
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            let unknown = || Err(failed("there is no such text".to_owned()));
            return self.fallback.as_ref().map_or_else(unknown, |fallback| fallback.text(id, arguments));
        };
        let (arguments, mut errors) = (arguments.to_fluent(), Vec::new());
        let text = self.bundle.format_pattern(pattern, Some(&arguments), &mut errors);
        match errors.first() {
            None => Ok(text.into_owned()),
            Some(error) => Err(failed(error.to_string())),
        }
    }

    /// A text for a place that is not read as running text, like the subject of a mail: without marks that isolate
    /// its arguments.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn plain_text(&self, id: &str, arguments: &TextArguments) -> Result<String, TextError> {
        self.text(id, arguments).map(|text| text.replace(ISOLATES, ""))
    }

    /// All texts whose ids begin with `prefix`, by the rest of their ids.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn texts(&self, prefix: &str, arguments: &TextArguments) -> Result<Texts, TextError> {
        let names = self.signatures.ids().filter_map(|id| Some((id, id.strip_prefix(prefix)?)));
        names.map(|(id, name)| Ok((name, self.text(id, arguments)?))).collect::<Result<_, _>>().map(Texts)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({})", self.tag)
    }
}

/// Texts by name, ready for a template.
#[derive(Clone, Debug)]
pub struct Texts(BTreeMap<&'static str, String>);

impl Texts {
    /// All of them as one JSON object, for a script.
    pub fn to_json(&self) -> String {
        // A map of texts always serializes.
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// All of them as values of a template.
    pub fn to_values(&self) -> TemplateContext {
        self.0.iter().fold(TemplateContext::new(), |values, (name, text)| values.with(name, text))
    }
}
