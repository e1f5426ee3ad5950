//! The location of an engine's documents.

use std::borrow::Cow;
use std::fmt;

/// The address of a MongoDB database with its password, which is never shown.
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

/// The problem of an address, as the end of a sentence that begins with its name. It repeats at most the name of an
/// option and a path from the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(pub(crate) Cow<'static, str>);

/// The condition of a file to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// It has lost no writes.
    Newest,
    /// Any condition: it was put aside, and the files beside it prove nothing.
    Any,
}
