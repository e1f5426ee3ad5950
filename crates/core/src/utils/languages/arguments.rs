//! The arguments of texts.

use fluent_bundle::{FluentArgs, FluentValue};

/// The arguments of texts, by name.
#[derive(Clone, Default)]
pub struct TextArguments(Vec<(&'static str, TextArgument)>);

/// One argument.
#[derive(Clone)]
pub enum TextArgument {
    /// Text. It is data: whatever shows the result escapes it.
    Text(String),
    /// A number, which may select a plural.
    Number(u64),
}

impl TextArguments {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<TextArgument>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    pub(super) fn to_fluent(&self) -> FluentArgs<'_> {
        let values = self.0.iter().map(|(name, value)| {
            let value = match value {
                TextArgument::Text(text) => FluentValue::String(text.into()),
                TextArgument::Number(number) => FluentValue::from(*number),
            };
            (*name, value)
        });
        values.collect()
    }
}

impl std::fmt::Debug for TextArguments {
    /// Names only: an argument may be personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl std::fmt::Debug for TextArgument {
    /// The kind only, for the same reason.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Number(_) => "Number",
        })
    }
}

impl From<&str> for TextArgument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for TextArgument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for TextArgument {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}
