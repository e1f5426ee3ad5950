//! Undeclared content of a database.

use std::fmt;

use super::spec::CollectionSpec;

/// Undeclared content of a database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stranger {
    /// Its kind: `table`, `view`, `collection`, …
    pub what: &'static str,
    /// Its name: content of a known collection begins with that collection and a dot.
    pub name: String,
    /// Whether it holds or changes documents. An index does neither: the other side creates its own.
    pub holds: bool,
}

impl Stranger {
    pub(crate) fn new(what: &'static str, name: impl Into<String>) -> Self {
        Self { what, name: name.into(), holds: what != "index" }
    }

    /// Undeclared content of one of our collections.
    pub(crate) fn within(what: &'static str, collection: &CollectionSpec, name: &str) -> Self {
        Self::new(what, format!("{}.{name}", collection.name))
    }
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.what, self.name)
    }
}

/// The depth of a search for undeclared content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SearchDepth {
    /// Only names.
    Names,
    /// Also documents that a walk over their collection would miss.
    Documents,
}
