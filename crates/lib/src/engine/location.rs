//! The location of an engine's documents.

use std::borrow::Cow;

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
