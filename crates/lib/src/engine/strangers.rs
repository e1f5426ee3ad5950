//! What is in a database and not declared.

use std::fmt;

use super::spec::CollectionSpec;

/// Something in the database that no declaration knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stranger {
    /// What it is: `table`, `view`, `collection`, …
    pub what: &'static str,
    /// Its name: what lies within a known collection begins with that and a dot.
    pub name: String,
    /// Whether it holds or changes documents. An index does neither: the other side makes its own.
    pub holds: bool,
}

impl Stranger {
    pub(crate) fn new(what: &'static str, name: impl Into<String>) -> Self {
        Self { what, name: name.into(), holds: what != "index" }
    }

    /// Something within a collection of ours.
    pub(crate) fn within(what: &'static str, collection: &CollectionSpec, name: &str) -> Self {
        Self::new(what, format!("{}.{name}", collection.name))
    }
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.what, self.name)
    }
}

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// At names.
    Names,
    /// Also at each document, whether a walk over its collection would come by it.
    Documents,
}
