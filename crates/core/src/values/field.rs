//! One value of an input, and its possible violations.

use std::borrow::Cow;

use super::counted::counted;
use super::json::Json;
use super::rules::Rules;
use super::schema::Schema;

/// A value that a request can carry. Implemented by newtypes whose constructor is the rule.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of an input",
    label = "not a `Field`",
    note = "declare a newtype, whose constructor is the only place of its rule: `text! {{ pub Name, 1..=100 characters, |text| Ok(text); }}` for a text, `number! {{ pub Count, 1..=100; }}` for a number, `list! {{ pub Tags of Tag, 0..=10; }}` for a list, `time! {{ pub DueAt, 2000..=2100; }}` for a time, `string_enum!` for one of several words, `id!` for an id; `bool` is a field as it is"
)]
pub trait Field: Sized + Send + 'static {
    /// The rule, as JSON Schema.
    fn schema() -> Schema;

    /// Parses the value from text: a path or query parameter, or a JSON string.
    ///
    /// # Errors
    /// The violated rule.
    fn from_text(text: String) -> Result<Self, Violation>;

    /// Parses the value from JSON. Text by default; no coercion.
    ///
    /// # Errors
    /// The violated rule.
    fn from_json(value: Json) -> Result<Self, Violation> {
        match value {
            Json::String(text) => Self::from_text(text),
            other => Err(Violation::invalid_type("string", &other)),
        }
    }

    /// The same for a value with a configured rule. By default there is none.
    ///
    /// # Errors
    /// The violated rule.
    fn from_json_by(value: Json, rules: &Rules) -> Result<Self, Violation> {
        let _ = rules;
        Self::from_json(value)
    }

    /// The same, with every mistake: a [`list!`](crate::list) has one for each wrong element.
    ///
    /// # Errors
    /// The violated rules.
    fn from_json_whole(value: Json, rules: &Rules) -> Result<Self, Vec<Violation>> {
        Self::from_json_by(value, rules).map_err(|violation| vec![violation])
    }
}

/// `true` or `false`, in JSON and in a query.
impl Field for bool {
    fn schema() -> Schema {
        Schema::boolean()
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        match text.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Violation::new(ViolationCode::InvalidType, "must be `true` or `false`")),
        }
    }

    fn from_json(value: Json) -> Result<Self, Violation> {
        match value {
            Json::Bool(flag) => Ok(flag),
            other => Err(Violation::invalid_type("boolean", &other)),
        }
    }
}

/// The closed list of violations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViolationCode {
    /// It is missing.
    Required,
    /// There is no such field.
    UnknownField,
    /// It has another JSON type.
    InvalidType,
    /// It does not have the form it must have.
    InvalidFormat,
    /// Too few code points or elements.
    TooShort,
    /// Too many code points or elements.
    TooLong,
    /// A number outside its bounds.
    OutOfRange,
    /// A well-formed value that is not acceptable here.
    NotAllowed,
}

impl ViolationCode {
    /// All codes.
    pub const ALL: [Self; 8] = [
        Self::Required,
        Self::UnknownField,
        Self::InvalidType,
        Self::InvalidFormat,
        Self::TooShort,
        Self::TooLong,
        Self::OutOfRange,
        Self::NotAllowed,
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::UnknownField => "unknown_field",
            Self::InvalidType => "invalid_type",
            Self::InvalidFormat => "invalid_format",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::OutOfRange => "out_of_range",
            Self::NotAllowed => "not_allowed",
        }
    }
}

/// The violation of one value. It never repeats the value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The violated rule.
    pub code: ViolationCode,
    /// A message for the user who fills in the form.
    pub message: Cow<'static, str>,
    /// The element of a list, as in `[3]`; empty for the value as a whole.
    element: String,
}

impl Violation {
    /// Any violation.
    pub fn new(code: ViolationCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), element: String::new() }
    }

    /// The same of the element at this index of a list, counted from 0.
    #[must_use]
    pub fn of_element(self, index: usize) -> Self {
        Self { element: format!("[{index}]{}", self.element), ..self }
    }

    /// The first of several, for a caller that shows one.
    #[doc(hidden)]
    pub fn first(violations: Vec<Self>) -> Self {
        violations.into_iter().next().unwrap_or_else(|| Self::not_allowed("is wrong"))
    }

    /// A different JSON type than expected.
    pub fn invalid_type(expected: &'static str, found: &Json) -> Self {
        Self::new(ViolationCode::InvalidType, format!("must be a {expected}, not {}", found.type_name()))
    }

    /// Not of the required form.
    pub fn invalid_format(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ViolationCode::InvalidFormat, message)
    }

    /// Fewer than `min` code points.
    pub fn too_short(min: usize) -> Self {
        Self::new(ViolationCode::TooShort, format!("must have at least {}", characters(min)))
    }

    /// More than `max` code points.
    pub fn too_long(max: usize) -> Self {
        Self::new(ViolationCode::TooLong, format!("must have at most {}", characters(max)))
    }

    /// Outside its bounds.
    pub fn out_of_range(min: i64, max: i64) -> Self {
        Self::new(ViolationCode::OutOfRange, format!("must be between {min} and {max}"))
    }

    /// Well-formed but not acceptable.
    pub fn not_allowed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ViolationCode::NotAllowed, message)
    }

    /// Adds the field: `tags`, or `tags[3]` for an element of the list.
    pub fn at(self, field: impl Into<Cow<'static, str>>) -> Detail {
        let field = field.into();
        let field = if self.element.is_empty() { field } else { format!("{field}{}", self.element).into() };
        Detail { field, code: self.code, message: self.message }
    }
}

/// A number of characters as text.
fn characters(number: usize) -> String {
    counted(number, "character", "characters")
}

/// A violation with its field, as in `error.details`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The field's name on the wire; of an element of a list with its index from 0: `tags[3]`.
    pub field: Cow<'static, str>,
    /// The violated rule.
    pub code: ViolationCode,
    /// A message for the user who fills in the form.
    pub message: Cow<'static, str>,
}
