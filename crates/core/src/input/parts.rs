//! Reading an input: every part is read, every mistake is collected, unknown parts are refused.

use std::fmt;

use crate::cookies::{CookieKind, Presented};
use crate::utils::pagination::{Cursor, PageRequest, PageSize};
use crate::values::{Detail, Field, Json, Rules, Schema, Violation, ViolationCode};

/// The raw request, before any rule was applied. Only [`InputReader`] reads it, one typed field at a time.
#[derive(Default)]
pub struct RawInput {
    /// Path parameters, percent-decoded once.
    pub(crate) path: Vec<(String, String)>,
    /// Query parameters, percent-decoded once.
    pub(crate) query: Vec<(String, String)>,
    /// Fields of the JSON object in the body.
    pub(crate) body: Vec<(String, Json)>,
    /// Palisade's own cookies, by kind, with all values under each name.
    pub(crate) cookies: Vec<(CookieKind, Presented)>,
}

impl fmt::Debug for RawInput {
    /// Shows nothing: it may contain a password, and code that needs a value declares a field.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawInput").finish_non_exhaustive()
    }
}

/// An opaque value in one of Palisade's cookies. Never an error: a value that does not verify counts as absent.
pub trait CookieField: Sized + Send + 'static {
    /// Its cookie.
    const KIND: CookieKind;

    /// Keeps the value as received.
    fn from_cookie(value: String) -> Self;

    /// Keeps the value under the name. With several values it keeps none, because it is unclear which one counts; a
    /// field whose values are authenticated may keep them all.
    fn from_all(presented: Presented) -> Option<Self> {
        presented.only().map(|text| Self::from_cookie(text.to_owned()))
    }
}

/// A place for a value: a [`Field`] is required, an `Option` of one is optional.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of an input",
    label = "not a `Field`",
    note = "declare a newtype, whose constructor is the only place of its rule: `text! {{ pub Name, 1..=100 characters, |text| Ok(text); }}` for a text, `number! {{ pub Count, 1..=100; }}` for a number, `list! {{ pub Tags of Tag, 0..=10; }}` for a list, `time! {{ pub DueAt, 2000..=2100; }}` for a time, `string_enum!` for one of several words, `id!` for an id; `bool` is a field as it is"
)]
pub trait InputField: Sized {
    /// The rule of the value.
    fn schema() -> Schema;
    /// Whether it is required.
    const REQUIRED: bool;

    /// Fills the place from the body.
    ///
    /// # Errors
    /// The violated rules; `required` if the value is missing.
    fn fill(sent: Option<Json>, rules: &Rules) -> Result<Self, Vec<Violation>>;

    /// Fills the place from the path or the query.
    ///
    /// # Errors
    /// The violated rule; `required` if the value is missing.
    fn fill_text(sent: Option<String>) -> Result<Self, Violation>;
}

fn required() -> Violation {
    Violation::new(ViolationCode::Required, "is required")
}

impl<T: Field> InputField for T {
    const REQUIRED: bool = true;

    fn schema() -> Schema {
        <T as Field>::schema()
    }

    fn fill(sent: Option<Json>, rules: &Rules) -> Result<Self, Vec<Violation>> {
        sent.ok_or_else(|| vec![required()]).and_then(|value| T::from_json_whole(value, rules))
    }

    fn fill_text(sent: Option<String>) -> Result<Self, Violation> {
        sent.ok_or_else(required).and_then(T::from_text)
    }
}

impl<T: Field> InputField for Option<T> {
    const REQUIRED: bool = false;

    fn schema() -> Schema {
        <T as Field>::schema()
    }

    fn fill(sent: Option<Json>, rules: &Rules) -> Result<Self, Vec<Violation>> {
        sent.map(|value| T::from_json_whole(value, rules)).transpose()
    }

    fn fill_text(sent: Option<String>) -> Result<Self, Violation> {
        sent.map(T::from_text).transpose()
    }
}

/// A request that is being read. [`input!`](crate::input!) writes the calls.
#[derive(Debug)]
pub struct InputReader {
    raw: RawInput,
    details: Vec<Detail>,
}

impl InputReader {
    /// Begins reading.
    pub fn new(raw: RawInput) -> Self {
        Self { raw, details: Vec::new() }
    }

    fn keep<T>(&mut self, field: &'static str, read: Result<T, Vec<Violation>>) -> Option<T> {
        let at_field = |violation: Violation| violation.at(field);
        read.map_err(|violations| self.details.extend(violations.into_iter().map(at_field))).ok()
    }

    fn keep_text<T>(&mut self, field: &'static str, read: Result<T, Violation>) -> Option<T> {
        self.keep(field, read.map_err(|violation| vec![violation]))
    }

    /// A path parameter.
    pub fn path<T: InputField>(&mut self, field: &'static str) -> Option<T> {
        let sent = take(&mut self.raw.path, field);
        self.keep_text(field, T::fill_text(sent))
    }

    /// A query parameter.
    pub fn query<T: InputField>(&mut self, field: &'static str) -> Option<T> {
        let sent = take(&mut self.raw.query, field);
        if take(&mut self.raw.query, field).is_some() {
            self.raw.query.retain(|(name, _)| name != field);
            return self.keep_text(field, Err(Violation::not_allowed("must be given only once")));
        }
        self.keep_text(field, T::fill_text(sent))
    }

    /// A field of the body.
    pub fn body<T: InputField>(&mut self, field: &'static str, rules: &Rules) -> Option<T> {
        let sent = take(&mut self.raw.body, field);
        self.keep(field, T::fill(sent, rules))
    }

    /// One of Palisade's cookies. Never an error: a value that does not verify later counts as absent.
    pub fn cookie<T: CookieField>(&mut self) -> Option<T> {
        let at = self.raw.cookies.iter().position(|(kind, _)| *kind == T::KIND)?;
        T::from_all(self.raw.cookies.swap_remove(at).1)
    }

    /// `limit` and `cursor`, as in every list.
    pub fn page(&mut self) -> Option<PageRequest> {
        let limit = self.query::<Option<PageSize>>("limit");
        let cursor = self.query::<Option<Cursor>>("cursor");
        Some(PageRequest::new(limit?.unwrap_or_default(), cursor?))
    }

    /// Reads `limit` and `after`, for [`input!`](macro@crate::input).
    pub fn feed(&mut self) -> Option<PageRequest> {
        let limit = self.query::<Option<PageSize>>("limit");
        let after = self.query::<Option<Cursor>>("after");
        Some(PageRequest::new(limit?.unwrap_or_default(), after?))
    }

    /// Ends reading: all remaining parts are unknown.
    ///
    /// # Errors
    /// All mistakes in one list.
    pub fn finish(self) -> Result<(), Vec<Detail>> {
        let Self { raw, mut details } = self;
        let left =
            raw.query.into_iter().map(|(name, _)| name).chain(raw.body.into_iter().map(|(name, _)| name));
        // Enough to show the mistake. The bound keeps the answer small when a body has thousands of unknown fields.
        for name in left.take(20) {
            let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            details
                .push(Violation::new(ViolationCode::UnknownField, "is not a field of this request").at(name));
        }
        if details.is_empty() { Ok(()) } else { Err(details) }
    }
}

fn take<T>(entries: &mut Vec<(String, T)>, field: &str) -> Option<T> {
    let at = entries.iter().position(|(name, _)| name == field)?;
    Some(entries.remove(at).1)
}
