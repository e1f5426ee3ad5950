//! What is put into a template: a closed set of plain values, so none can pass for markup.

use std::collections::BTreeMap;
use std::fmt;

/// The values of a template, by name.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TemplateContext(BTreeMap<&'static str, TemplateValue>);

/// One value.
#[derive(Clone, PartialEq, Eq)]
pub enum TemplateValue {
    /// Text, which is escaped.
    Text(String),
    /// A number.
    Number(u64),
    /// For conditions only.
    Flag(bool),
    /// What is not there: false in a condition.
    Nothing,
    /// Values in order.
    List(Vec<TemplateValue>),
    /// Values by name.
    Group(TemplateContext),
}

impl TemplateContext {
    /// Without values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value, or replaces the one of that name.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<TemplateValue>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    /// Changes every text, however deep it lies: a test finds out so whether all of them are escaped.
    #[must_use]
    pub fn map_texts(self, change: &dyn Fn(&str) -> String) -> Self {
        Self(self.0.into_iter().map(|(name, value)| (name, value.map_texts(change))).collect())
    }

    pub(super) fn into_entries(self) -> impl Iterator<Item = (&'static str, TemplateValue)> {
        self.0.into_iter()
    }
}

impl TemplateValue {
    fn map_texts(self, change: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Text(text) => Self::Text(change(&text)),
            Self::List(values) => {
                Self::List(values.into_iter().map(|value| value.map_texts(change)).collect())
            }
            Self::Group(values) => Self::Group(values.map_texts(change)),
            other @ (Self::Number(_) | Self::Flag(_) | Self::Nothing) => other,
        }
    }
}

/// Names only: a value may be a secret link.
impl fmt::Debug for TemplateContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The kind only, for the same reason.
impl fmt::Debug for TemplateValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text"),
            Self::Number(_) => f.write_str("Number"),
            Self::Flag(_) => f.write_str("Flag"),
            Self::Nothing => f.write_str("Nothing"),
            Self::List(values) => f.debug_list().entries(values).finish(),
            Self::Group(values) => values.fmt(f),
        }
    }
}

impl From<&str> for TemplateValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for TemplateValue {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for TemplateValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u16> for TemplateValue {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for TemplateValue {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<bool> for TemplateValue {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<TemplateContext> for TemplateValue {
    fn from(values: TemplateContext) -> Self {
        Self::Group(values)
    }
}

impl<T: Into<Self>> From<Option<T>> for TemplateValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for TemplateValue {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>> FromIterator<T> for TemplateValue {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_value() {
        let context = TemplateContext::new().with("link", "secret").with("rows", vec!["secret", "secret"]);
        assert!(!format!("{context:?} {:?}", TemplateValue::from(context.clone())).contains("secret"));
        assert!(format!("{context:?}").contains("link"));
        assert!(!format!("{:?}", TemplateValue::from(vec!["secret"])).contains("secret"));
    }

    #[test]
    fn every_text_can_be_changed() {
        let inner = || TemplateContext::new().with("text", "a").with("number", 1_usize);
        let context = TemplateContext::new().with("inner", inner()).with("list", vec![Some("b"), None]);
        let changed = context.map_texts(&|text| text.to_uppercase());
        let inner = inner().with("text", "A");
        let expected = TemplateContext::new().with("inner", inner).with("list", vec![Some("B"), None]);
        assert!(changed == expected);
    }
}
