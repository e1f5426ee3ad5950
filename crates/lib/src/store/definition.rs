//! From a type to its definition: the operations on documents whose type the store does not know.

use std::pin::Pin;

use palisade_core::ports::Rng;
use serde_json::Value;

use super::batch::Batch;
use super::collection::Collection;
use super::decode::decode;
use super::document::{Document, Stored};
use super::handle::{CollectionDef, Store};
use super::rewritten::Rewritten;
use super::specified::Specified;
use crate::engine::StoreError;
use crate::engine::plan::{Form, Op, RawDocument};

/// The declaration of a [`Document`] as a value, for the list that the store is opened with. It follows from the
/// type and cannot be written by hand: a collection belongs to the type that was declared with it, not to any type
/// that uses its name.
pub trait Declared: Specified {
    /// The whole declaration.
    const DEF: &'static CollectionDef;
}

impl<T: Document> Declared for T {
    const DEF: &'static CollectionDef = &CollectionDef {
        spec: T::SPEC,
        purge: T::PURGE,
        rewrite: rewrite_step::<T>,
        translate: translate::<T>,
        value: value::<T>,
    };
}

fn rewrite_step<'a, T: Document>(
    store: &'a Store,
    after: Option<&'a str>,
) -> Pin<Box<dyn Future<Output = Result<Rewritten, StoreError>> + Send + 'a>> {
    Box::pin(async move { Collection::<T>::new(store.clone()).rewrite_after(after).await })
}

/// The value as the type writes it, of a document of any version.
fn value<T: Document>(document: RawDocument) -> Result<Value, StoreError> {
    let stored = decode::<T>(document)?;
    serde_json::to_value(&stored.value).map_err(|error| StoreError::Unstorable {
        collection: T::COLLECTION,
        id: stored.id.to_string(),
        reason: error.to_string(),
    })
}

/// Only the type knows which numbers are times, so a document goes through it, and is upgraded if it is of an older
/// version. A document that already has the format stays untouched.
fn translate<T: Document>(
    document: RawDocument,
    form: Form,
    rng: &dyn Rng,
) -> Result<RawDocument, StoreError> {
    if document.body.form() == form {
        return Ok(document);
    }
    let id = document.id.clone();
    let Stored { id: name, meta, value } = decode::<T>(document)?;
    // Written like an insert, whose birth and times are not those of this document.
    let writes = Batch::new().insert::<T>(&name, value).encode(form, rng)?;
    match writes.into_iter().next().map(|write| write.op) {
        Some(Op::Insert { body, .. }) => {
            Ok(RawDocument { id, schema_version: i64::from(T::SCHEMA_VERSION), meta, body })
        }
        _ => Err(StoreError::Engine { doing: "copying a document", source: "it has no body".into() }),
    }
}
