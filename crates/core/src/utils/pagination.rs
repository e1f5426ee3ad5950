//! Pages: every list is read one page at a time, by keyset, never by offset.

use std::fmt;

use crate::values::{Bounds, Field, Json, Schema, Violation};

/// The number of items of a page: 1–100, 20 by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u32);

impl PageSize {
    /// The largest page.
    pub const MAX: Self = Self(100);
    /// The smallest page, for one item.
    pub const ONE: Self = Self(1);

    /// This many, or the nearest possible number.
    pub const fn nearest(number: u32) -> Self {
        Self(if number == 0 {
            1
        } else if number > 100 {
            100
        } else {
            number
        })
    }

    /// The number of items.
    pub fn get(self) -> u32 {
        self.0
    }

    const BOUNDS: Bounds = Bounds::of(1..=100);
}

/// The size of a number within the bounds.
fn bounded(number: i64) -> PageSize {
    PageSize::nearest(u32::try_from(number).unwrap_or(1))
}

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

impl Field for PageSize {
    fn schema() -> Schema {
        Self::BOUNDS.schema().default_value(20).describe("How many items the page may have.")
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        Self::BOUNDS.from_text(&text).map(bounded)
    }

    fn from_json(value: Json) -> Result<Self, Violation> {
        Self::BOUNDS.from_json(&value).map(bounded)
    }
}

/// The start of a page, from the previous page: opaque, authenticated, bound to its query.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// Longer than any cursor that a store creates.
    pub const MAX_LENGTH: usize = 1024;

    /// Wraps the text of a store.
    pub fn from_sealed(sealed: String) -> Self {
        Self(sealed)
    }

    /// The text as the caller sees it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor(…)")
    }
}

impl Field for Cursor {
    fn schema() -> Schema {
        Schema::string().length(1, Self::MAX_LENGTH).describe("`meta.page.nextCursor` of the page before.")
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        let url_safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if text.is_empty() || text.len() > Self::MAX_LENGTH || !text.bytes().all(url_safe) {
            return Err(invalid_cursor());
        }
        Ok(Self(text))
    }
}

/// The violation for a cursor that the store did not create for this query.
pub fn invalid_cursor() -> Violation {
    Violation::invalid_format("is not a cursor of this list")
}

/// The requested page of a list. No list can be read without one.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    limit: PageSize,
    cursor: Option<Cursor>,
}

impl PageRequest {
    /// A page of at most `limit` items, from `cursor` or from the start.
    pub fn new(limit: PageSize, cursor: Option<Cursor>) -> Self {
        Self { limit, cursor }
    }

    /// The largest first page.
    pub fn largest() -> Self {
        Self::new(PageSize::MAX, None)
    }

    /// The maximum number of items.
    pub fn limit(&self) -> PageSize {
        self.limit
    }

    /// The start.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }
}

/// One page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The requested maximum.
    pub limit: PageSize,
    /// The start of the next page; `None` at the end.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Converts each item.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), limit: self.limit, next: self.next }
    }
}
