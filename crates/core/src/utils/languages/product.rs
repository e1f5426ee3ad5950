//! The texts of a product, beside those of the program.

use super::built_in::ENGLISH;
use super::check::Signatures;

/// The texts of a product: for each language its tag and a Fluent file. English names the texts and their arguments; another
/// language may lack some, which are then shown in the default language or in English. A text that the program has, too,
/// replaces it.
///
/// ```
/// use palisade_core::utils::languages::ProductTexts;
///
/// const TEXTS: ProductTexts = ProductTexts::new(&[("en", "notes-empty = You have no notes.\n")]);
/// assert_eq!(TEXTS.mistakes(), [""; 0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ProductTexts(pub(super) &'static [(&'static str, &'static str)]);

impl ProductTexts {
    /// None.
    pub const NONE: Self = Self(&[]);

    /// `ProductTexts::new(&[("en", include_str!("texts/en.ftl"))])`.
    pub const fn new(texts: &'static [(&'static str, &'static str)]) -> Self {
        Self(texts)
    }

    /// Whether there are none.
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The arguments that the English text of this id asks for, in alphabetical order; `None` if there is no such text.
    pub fn arguments_of(self, id: &str) -> Option<Vec<&'static str>> {
        self.signatures().arguments(id)
    }

    /// Every text, with its arguments.
    pub(super) fn signatures(self) -> Signatures {
        let english = self.0.iter().filter(|(tag, _)| *tag == "en").map(|(_, source)| *source);
        english.fold(Signatures::of(ENGLISH), Signatures::and)
    }
}
