//! JSON Schema 2020-12 (the dialect of OpenAPI 3.1), as far as inputs and outputs need it.
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
    /// The meaning of the value.
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
    /// The default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<i64>,
    /// The schema of the elements of an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Schema>>,
    /// Least number of elements of an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_items: Option<usize>,
    /// Greatest number of elements of an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<usize>,
    /// `true`: no element of an array is there twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_items: Option<bool>,
    /// The fields of an object.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<&'static str, Schema>,
    /// The required fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<&'static str>,
    /// `false`: unknown fields are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<bool>,
    /// Examples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<&'static str>,
    /// The only value.
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub constant: Option<bool>,
    /// The value fits at least one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Schema>,
    /// A configured bound. The OpenAPI document contains the one in force.
    #[serde(skip)]
    pub configured: Option<Configured>,
    /// The component name, when this schema is printed once and referred to.
    #[serde(skip)]
    pub name: Option<&'static str>,
}

/// What the configuration or the product decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configured {
    /// The minimum number of code points of a new password (`PASSWORD_MIN_LENGTH`).
    PasswordMinLength,
    /// The permissions that a user can be given: those of the server.
    Permissions,
    /// The jobs that a scheduler can start.
    Jobs,
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

    /// Sets the bounds of the number of elements of a list.
    #[must_use]
    pub fn elements(mut self, min: usize, max: usize) -> Self {
        self.min_items = (min > 0).then_some(min);
        self.max_items = Some(max);
        self
    }

    /// The same list, in which nothing is twice.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique_items = Some(true);
        self
    }

    /// An object with a closed list of fields. `name` is its component name in the OpenAPI document.
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

    /// Sets the meaning of the value.
    #[must_use]
    pub fn describe(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Sets a well-known format.
    #[must_use]
    pub fn format(mut self, format: &'static str) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets the bounds of the number of code points.
    #[must_use]
    pub fn length(mut self, min: usize, max: usize) -> Self {
        self.min_length = Some(min);
        self.max_length = Some(max);
        self
    }

    /// Sets the largest length in code points; the text may be empty.
    #[must_use]
    pub fn at_most(mut self, max: usize) -> Self {
        self.max_length = Some(max);
        self
    }

    /// Declares that the configuration decides a bound. The earlier bound is the loosest possible one.
    #[must_use]
    pub fn configured(mut self, bound: Configured) -> Self {
        self.configured = Some(bound);
        self
    }

    /// Sets a pattern.
    #[must_use]
    pub fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// Sets the bounds of a number.
    #[must_use]
    pub fn range(mut self, minimum: i64, maximum: i64) -> Self {
        self.minimum = Some(minimum);
        self.maximum = Some(maximum);
        self
    }

    /// Sets the default.
    #[must_use]
    pub fn default_value(mut self, value: i64) -> Self {
        self.default = Some(value);
        self
    }

    /// Adds an example.
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
