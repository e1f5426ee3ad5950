//! The settings of Palisade and those of a product together.

use super::own_settings::{Asked, OwnReader, OwnValues, OwnVariables, Unset};
use super::product_name::ProductName;
use super::reader::{Reader, Source};
use super::sections::SECTIONS;
use super::settings::{Definition, Problem, Section, Setting as _};

impl OwnVariables {
    /// Every section: those of Palisade, and then those of the product.
    pub(super) fn sections(&self) -> impl Iterator<Item = Section> + Clone {
        SECTIONS.iter().copied().chain(self.sections.iter().map(|own| own.section))
    }

    /// Every variable.
    pub(super) fn definitions(&self) -> impl Iterator<Item = &'static Definition> + Clone {
        self.sections().flat_map(|section| section.definitions.iter().copied())
    }

    /// What is wrong with them, each as a sentence.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if let Err(problem) = ProductName::parse(self.name) {
            mistakes.push(format!("the name of the product {problem}; expected {}", ProductName::expects()));
        }
        let all: Vec<&Definition> = self.definitions().collect();
        let own = self.sections.iter().flat_map(|own| own.section.definitions.iter().copied());
        let built_in = SECTIONS.iter().map(|section| section.definitions.len()).sum::<usize>();
        for (position, definition) in own.enumerate() {
            let name = definition.name;
            if !is_name(name) {
                mistakes.push(format!(
                    "the setting {name} is not written in capitals, digits and single underscores"
                ));
            }
            if name.starts_with("RATE_LIMIT_") {
                mistakes
                    .push(format!("the setting {name} has the form of a rate limit: give it another name"));
            }
            if all.iter().take(built_in + position).any(|earlier| earlier.is_meant_by(name)) {
                mistakes.push(format!("the setting {name} is declared twice"));
            }
        }
        mistakes.extend(self.texts.mistakes());
        mistakes
    }

    pub(super) fn read(&self, reader: &mut Reader<'_>) -> OwnValues {
        let values =
            self.sections.iter().filter_map(|own| Some((own.of, (own.read)(&mut OwnReader(reader))?)));
        OwnValues(values.collect())
    }
}

fn is_name(name: &str) -> bool {
    let is_capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(is_capital)
        && !name.contains("__")
        && !name.ends_with('_')
}

impl Asked for Reader<'_> {
    fn ask(
        &mut self,
        definition: &'static Definition,
        unset: Unset,
        accept: &mut dyn FnMut(&str) -> Result<String, Problem>,
    ) {
        let is_required = matches!(unset, Unset::Required(_));
        let otherwise = match unset {
            Unset::Default(shown) => (shown, Source::Default),
            Unset::Follows(other, shown) => (shown, Source::Follows(other)),
            Unset::Optional(meaning) | Unset::Required(meaning) => (String::new(), Source::Unset(meaning)),
        };
        self.read(definition, otherwise, accept);
        if is_required {
            self.demand(definition);
        }
    }

    fn refuse(&mut self, definition: &'static Definition, problem: String) {
        Reader::refuse(self, definition, problem);
    }
}
