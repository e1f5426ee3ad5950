//! The fields of a new module: `title:text`.

use std::str::FromStr;

use palisade_core::utils::templates::TemplateContext;

use super::names::{camel, check, lower_camel, words};

/// Names that the module has already, or that would hide a value in its service.
const TAKEN: &[&str] = &["caller", "created_at", "id", "input", "owner", "path", "updated_at", "view"];

/// A field of a document: its name and its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Bool,
    Time,
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, kind) = text.split_once(':').ok_or("write NAME:TYPE, as in `title:text`")?;
        check("the field", name, '_', "due_at").map_err(|error| error.to_string())?;
        if TAKEN.contains(&name) {
            return Err(format!(
                "the field `{name}`: every module has this name already; choose another one"
            ));
        }
        let kind = match kind {
            "text" => Kind::Text,
            "number" => Kind::Number,
            "bool" => Kind::Bool,
            "time" => Kind::Time,
            other => {
                let known = "text, number, bool and time";
                return Err(format!("the field `{name}` cannot be `{other}`: there are {known}"));
            }
        };
        Ok(Self { name: name.to_owned(), kind })
    }
}

impl Field {
    /// The name of its type in the module of this item.
    pub(super) fn type_name(&self, item: &str) -> String {
        match self.kind {
            Kind::Bool => "bool".to_owned(),
            _ => format!("{item}{}", camel(&self.name)),
        }
    }

    /// Whether its type is one of the module.
    pub(super) fn is_declared(&self) -> bool {
        self.kind != Kind::Bool
    }

    /// The macro that declares its type.
    pub(super) fn macro_name(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Text => Some("text"),
            Kind::Number => Some("number"),
            Kind::Time => Some("time"),
            Kind::Bool => None,
        }
    }

    /// Its name in JSON.
    pub(super) fn wire_name(&self) -> String {
        lower_camel(&self.name)
    }

    /// A valid value, as JSON.
    pub(super) fn sample(&self) -> &'static str {
        match self.kind {
            Kind::Text => "\"some text\"",
            Kind::Number => "7",
            Kind::Bool => "true",
            Kind::Time => "\"2030-05-17T09:30:00.000Z\"",
        }
    }

    /// What the view says about it.
    fn doc(&self) -> String {
        match (self.kind, self.name.split_once('_')) {
            (Kind::Bool, Some((verb @ ("is" | "has" | "can"), rest))) => {
                format!("Whether it {verb} {}", words(rest))
            }
            (Kind::Bool, _) => format!("Whether it is {}", words(&self.name)),
            _ => format!("The {}", words(&self.name)),
        }
    }

    /// For a template.
    pub(super) fn context(&self, item: &str) -> TemplateContext {
        let (name, wire) = (&self.name, self.wire_name());
        let renamed = if *name == wire { String::new() } else { format!(" as \"{wire}\"") };
        let rule = match self.kind {
            Kind::Text => Some("1..=200 characters, |text| Ok(text)"),
            Kind::Number => Some("0..=1_000_000_000"),
            Kind::Time => Some("2000..=2100"),
            Kind::Bool => None,
        };
        let type_name = self.type_name(item);
        let declaration = self.macro_name().zip(rule).map(|(name, rule)| {
            let doc = format!("The {} of {}", words(&self.name), a(item));
            format!("{name}! {{\n    /// {doc}.\n    pub(crate) {type_name}, {rule};\n}}")
        });
        TemplateContext::new()
            .with("name", name)
            .with("renamed", renamed)
            .with("type", type_name)
            .with("doc", self.doc())
            .with("declaration", declaration)
    }
}

/// `Note` as `a note`, `Entry` as `an entry`.
pub(super) fn a(item: &str) -> String {
    let mut text = String::new();
    for letter in item.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.push(letter.to_ascii_lowercase());
    }
    let article = if text.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_a_name_and_one_of_four_types() {
        let field: Field = "due_at:time".parse().unwrap();
        assert_eq!(
            (field.type_name("Task"), field.wire_name()),
            ("TaskDueAt".to_owned(), "dueAt".to_owned())
        );
        for kind in ["text", "number", "bool", "time"] {
            assert!(format!("a:{kind}").parse::<Field>().is_ok(), "{kind}");
        }
        for (text, said) in [
            ("title", "write NAME:TYPE"),
            ("Title:text", "lower-case"),
            ("type:text", "Rust"),
            ("id:text", "already"),
            ("title:string", "cannot be `string`: there are text, number, bool and time"),
        ] {
            let error = text.parse::<Field>().unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_field_is_described_in_words() {
        for (text, doc) in [
            ("due_at:time", "The due at"),
            ("is_paid_back:bool", "Whether it is paid back"),
            ("has_lid:bool", "Whether it has lid"),
            ("done:bool", "Whether it is done"),
        ] {
            assert_eq!(text.parse::<Field>().unwrap().doc(), doc);
        }
    }

    #[test]
    fn an_item_has_an_article() {
        assert_eq!(a("BlogPost"), "a blog post");
        assert_eq!(a("Entry"), "an entry");
    }
}
