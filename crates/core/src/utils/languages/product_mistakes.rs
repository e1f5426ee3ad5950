//! The mistakes in the texts of a product.

use super::files::LanguageFiles;
use super::product::ProductTexts;

impl ProductTexts {
    /// What is wrong with them, each as a sentence that names the language and the line.
    pub fn mistakes(self) -> Vec<String> {
        let has_english = self.0.iter().any(|(tag, _)| *tag == "en");
        if !(self.is_empty() || has_english) {
            return vec!["the texts of the product have no English (`en`), which names them".to_owned()];
        }
        LanguageFiles::read(None, self).err().unwrap_or_default()
    }
}
