//! Where an engine finds its documents.

use std::borrow::Cow;
use std::fmt;

/// The address of a MongoDB database, with its password: shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct MongoAddress {
    pub(crate) url: String,
    pub(crate) name: String,
}

impl MongoAddress {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The servers and the database, and nothing secret.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for MongoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MongoAddress(…)")
    }
}

/// What is wrong with an address, as the end of a sentence that begins with what it is the address of. Of the address it
/// repeats the name of an option and a path at most.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(pub(crate) Cow<'static, str>);

/// Which file is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// One that has lost no writes.
    Newest,
    /// Any: it was put aside, and what lies beside it says nothing.
    Any,
}
