//! JSON Schema 2020-12 (the dialect of OpenAPI 3.1), as much of it as our inputs and outputs can say.
//!
//! A schema is written once, beside the constructor that enforces it, and printed into the OpenAPI document.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

/// The schema of one value.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// A reference to a named component; every other keyword is then absent.
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// `string`, `integer`, … One name, or the name and `null`.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty", serialize_with = "one_or_many")]
    pub types: Vec<&'static str>,
    /// What the value means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Cow<'static, str>>,
    /// A well-known format: `email`, `date-time`, `password`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<&'static str>,
    /// Least number of code points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<usize>,
    /// Greatest number of code points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// An ECMA 262 pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<&'static str>,
    /// The closed list of values.
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<&'static str>,
    /// Least number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// Greatest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
    /// What is taken when nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<i64>,
    /// The schema of the elements of an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Schema>>,
    /// The fields of an object.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<&'static str, Schema>,
    /// The fields that must be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<&'static str>,
    /// `false`: unknown fields are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<bool>,
    /// Values as they may look.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<&'static str>,
    /// The one value there is.
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub constant: Option<bool>,
    /// The value fits at least one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Schema>,
    /// A bound that the configuration decides. The OpenAPI document has the one in force.
    #[serde(skip)]
    pub configured: Option<Configured>,
    /// The component name, when this schema is printed once and referred to.
    #[serde(skip)]
    pub name: Option<&'static str>,
}

/// The bounds that the configuration decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configured {
    /// The fewest code points of a password that is being chosen (`PASSWORD_MIN_LENGTH`).
    PasswordMinLength,
}

fn one_or_many<S: serde::Serializer>(types: &Vec<&'static str>, s: S) -> Result<S::Ok, S::Error> {
    match types.as_slice() {
        [one] => s.serialize_str(one),
        many => s.collect_seq(many),
    }
}

impl Schema {
    fn of(kind: &'static str) -> Self {
        Self { types: vec![kind], ..Self::default() }
    }

    /// Text.
    pub fn string() -> Self {
        Self::of("string")
    }

    /// A whole number.
    pub fn integer() -> Self {
        Self::of("integer")
    }

    /// True or false.
    pub fn boolean() -> Self {
        Self::of("boolean")
    }

    /// A point in time, RFC 3339.
    pub fn date_time() -> Self {
        Self::string().format("date-time")
    }

    /// One of a closed list of words.
    pub fn one_of(values: impl IntoIterator<Item = &'static str>) -> Self {
        Self { values: values.into_iter().collect(), ..Self::string() }
    }

    /// A list of values.
    pub fn array(items: Self) -> Self {
        Self { items: Some(Box::new(items)), ..Self::of("array") }
    }

    /// An object that knows all its fields. `name` is its component name in the OpenAPI document.
    pub fn object(name: Option<&'static str>) -> Self {
        Self { name, additional_properties: Some(false), ..Self::of("object") }
    }

    /// Adds a field to an object.
    #[must_use]
    pub fn property(mut self, name: &'static str, schema: Self, required: bool) -> Self {
        self.properties.insert(name, schema);
        if required {
            self.required.push(name);
        }
        self
    }

    /// Says what the value means.
    #[must_use]
    pub fn describe(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Names a well-known format.
    #[must_use]
    pub fn format(mut self, format: &'static str) -> Self {
        self.format = Some(format);
        self
    }

    /// Bounds the number of code points.
    #[must_use]
    pub fn length(mut self, min: usize, max: usize) -> Self {
        self.min_length = Some(min);
        self.max_length = Some(max);
        self
    }

    /// Says that the configuration decides a bound. What was said before is the loosest it can be.
    #[must_use]
    pub fn configured(mut self, bound: Configured) -> Self {
        self.configured = Some(bound);
        self
    }

    /// Gives a pattern.
    #[must_use]
    pub fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// Bounds a number.
    #[must_use]
    pub fn range(mut self, minimum: i64, maximum: i64) -> Self {
        self.minimum = Some(minimum);
        self.maximum = Some(maximum);
        self
    }

    /// Says what is taken when nothing is sent.
    #[must_use]
    pub fn default_value(mut self, value: i64) -> Self {
        self.default = Some(value);
        self
    }

    /// Shows a value.
    #[must_use]
    pub fn example(mut self, example: &'static str) -> Self {
        self.examples.push(example);
        self
    }

    /// The same, or `null`.
    #[must_use]
    pub fn nullable(mut self) -> Self {
        if !self.types.contains(&"null") {
            self.types.push("null");
        }
        self
    }
}
