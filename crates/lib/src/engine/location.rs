//! The location of an engine's documents.

use std::borrow::Cow;

/// The problem of an address, as the end of a sentence that begins with its name. It repeats at most the name of an
/// option and a path from the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AddressError(pub(crate) Cow<'static, str>);

/// Whether to check that a file has lost no writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Refuse a file that has lost writes.
    Newest,
    /// Accept any file: a backup, whose neighbors prove nothing.
    Any,
}
