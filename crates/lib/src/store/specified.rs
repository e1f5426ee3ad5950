//! From a type to the specification of its collection.

use std::any::TypeId;

use super::document::{Document, Kind as _};
use crate::engine::CollectionSpec;

/// The specification of the collection of a [`Document`]: names and indexes, for engines. It follows from the type.
pub trait Specified: Document {
    /// The specification as a value.
    const SPEC: &'static CollectionSpec;
}

impl<T: Document> Specified for T {
    const SPEC: &'static CollectionSpec = &CollectionSpec {
        name: T::COLLECTION,
        of: TypeId::of::<T>(),
        type_name: std::any::type_name::<T>,
        schema_version: T::SCHEMA_VERSION,
        indexes: T::INDEXES,
        ephemeral: T::Kind::EPHEMERAL,
        reason: T::REASON,
    };
}
