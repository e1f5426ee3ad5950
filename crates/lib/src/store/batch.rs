//! Batches: several writes that happen together or not at all.
//!
//! A batch **has no reads**, and every write but an insert names the document that it is based on. Every document
//! that a decision depends on is therefore part of the batch (`touch` it if it does not change), and no two
//! decisions based on the same document can both succeed. This makes the same code safe on an engine whose
//! transactions allow write skew and on one whose transactions do not.

use std::fmt;
use std::time::Duration;

use mongodb::bson::{RawBsonRef, RawDocumentBuf};
use palisade_core::ports::Rng;
use palisade_core::system::time::Timestamp;
use palisade_core::values::KeyValue;
use serde_json::Value;

use super::document::{Document, EphemeralDocument, SoftDocument, Stored};
use super::handle::Store;
use super::specified::Specified as _;
use super::timing::{Operation, collection_of};
use crate::engine::plan::{Body, Form, Op, RawDocument, Write, Written};
use crate::engine::{
    CollectionSpec, FieldSpec, MAX_BATCH, MAX_DOCUMENT_BYTES, MAX_KEY_BYTES, Meta, StoreError,
};
use crate::mongodb::{EncodeError, encode};

/// Writes to be done together. Give it to [`Store::commit`].
#[derive(Default)]
#[must_use = "nothing is written before `Store::commit`"]
pub struct Batch {
    writes: Vec<Pending>,
}

struct Pending {
    collection: &'static CollectionSpec,
    id: String,
    verb: Verb,
}

enum Verb {
    Insert { document: Box<dyn Content>, expires_at: Option<Timestamp> },
    Replace { document: Box<dyn Content>, expected: Meta, expires_at: Option<Timestamp> },
    Touch { expected: Meta },
    Delete { document: Option<Box<dyn Content>>, expected: Meta },
    Restore { expected: Meta },
    Remove { expected: Meta },
    Purge { expected: Meta, retention: Duration },
}

/// A value that will be written in the format of the engine.
trait Content: Send {
    fn to_json(&self) -> Result<Value, serde_json::Error>;
    fn to_bson(&self) -> Result<RawDocumentBuf, EncodeError>;
    fn keys(&self, each: &mut dyn FnMut(&'static FieldSpec, KeyValue));
}

impl<T: Document> Content for T {
    fn to_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }

    fn to_bson(&self) -> Result<RawDocumentBuf, EncodeError> {
        encode(self)
    }

    fn keys(&self, each: &mut dyn FnMut(&'static FieldSpec, KeyValue)) {
        Document::keys(self, each);
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self
            .writes
            .iter()
            .map(|write| format!("{} {}/{}", write.verb.name(), write.collection.name, write.id));
        f.debug_list().entries(names).finish()
    }
}

impl Verb {
    fn name(&self) -> &'static str {
        match self {
            Self::Insert { .. } => "insert",
            Self::Replace { .. } => "replace",
            Self::Touch { .. } => "touch",
            Self::Delete { .. } => "delete",
            Self::Restore { .. } => "restore",
            Self::Remove { .. } => "remove",
            Self::Purge { .. } => "purge",
        }
    }

    fn expected(&self) -> Option<&Meta> {
        match self {
            Self::Insert { .. } => None,
            Self::Replace { expected, .. }
            | Self::Touch { expected }
            | Self::Delete { expected, .. }
            | Self::Restore { expected }
            | Self::Remove { expected }
            | Self::Purge { expected, .. } => Some(expected),
        }
    }
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// A new document. The id must be free; a soft-deleted document still holds its id, an ended ephemeral one does not.
    pub fn insert<T: Document>(self, id: &T::Id, value: T) -> Self {
        let expires_at = value.expiry();
        self.push::<T>(id, Verb::Insert { document: Box::new(value), expires_at })
    }

    /// A new value for a document, if it still is the one that was read (compare-and-swap).
    pub fn replace<T: Document>(self, stored: &Stored<T>, value: T) -> Self {
        self.replace_expecting(&stored.id, stored.meta.clone(), value)
    }

    pub(crate) fn replace_expecting<T: Document>(self, id: &T::Id, expected: Meta, value: T) -> Self {
        let expires_at = value.expiry();
        self.push::<T>(id, Verb::Replace { document: Box::new(value), expected, expires_at })
    }

    /// Asserts that a document still is the one that was read, and raises its revision: for a document that a
    /// decision depends on but does not change. Two batches that touch the same document cannot both succeed.
    pub fn touch<T: Document>(self, stored: &Stored<T>) -> Self {
        self.push::<T>(&stored.id, Verb::Touch { expected: stored.meta.clone() })
    }

    /// Marks a live document as deleted.
    pub fn delete<T: SoftDocument>(self, stored: &Stored<T>) -> Self {
        self.push::<T>(&stored.id, Verb::Delete { document: None, expected: stored.meta.clone() })
    }

    /// The same with another value, which the document has if it is restored.
    pub fn delete_as<T: SoftDocument>(self, stored: &Stored<T>, value: T) -> Self {
        let document = Some(Box::new(value) as Box<dyn Content>);
        self.push::<T>(&stored.id, Verb::Delete { document, expected: stored.meta.clone() })
    }

    /// Restores a deleted document.
    pub fn restore<T: SoftDocument>(self, stored: &Stored<T>) -> Self {
        self.push::<T>(&stored.id, Verb::Restore { expected: stored.meta.clone() })
    }

    /// Removes a document that was deleted at least `retention` ago, for good.
    pub fn purge<T: SoftDocument>(self, stored: &Stored<T>, retention: Duration) -> Self {
        self.push::<T>(&stored.id, Verb::Purge { expected: stored.meta.clone(), retention })
    }

    /// Removes a document, for good. Of several that try, one succeeds; none does once it has ended.
    pub fn remove<T: EphemeralDocument>(self, stored: &Stored<T>) -> Self {
        self.push::<T>(&stored.id, Verb::Remove { expected: stored.meta.clone() })
    }

    /// A removal of a document whose type is not known, as [`purge`](Self::purge).
    pub(super) fn purge_raw(
        collection: &'static CollectionSpec,
        document: RawDocument,
        retention: Duration,
    ) -> Self {
        let verb = Verb::Purge { expected: document.meta, retention };
        Self { writes: vec![Pending { collection, id: document.id, verb }] }
    }

    /// A removal of a document whose type is not known, in whatever state it is: for what goes with its owner.
    pub(super) fn remove_raw(collection: &'static CollectionSpec, document: RawDocument) -> Self {
        let verb = Verb::Remove { expected: document.meta };
        Self { writes: vec![Pending { collection, id: document.id, verb }] }
    }

    /// Both batches as one. This is how one module passes its writes to another without showing them.
    pub fn merge(mut self, other: Self) -> Self {
        for write in other.writes {
            self.add(write);
        }
        self
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    fn push<T: Document>(mut self, id: &T::Id, verb: Verb) -> Self {
        self.add(Pending { collection: T::SPEC, id: id.to_string(), verb });
        self
    }

    /// Two modules may depend on the same document: a touch beside another write of the same revision is that
    /// write. Any other pair is a contradiction, and the second of the two will be stale.
    fn add(&mut self, write: Pending) {
        let twin = self.writes.iter_mut().find(|other| {
            other.collection.name == write.collection.name
                && other.id == write.id
                && other.verb.expected().is_some()
                && other.verb.expected() == write.verb.expected()
        });
        match twin {
            Some(_) if matches!(write.verb, Verb::Touch { .. }) => {}
            Some(twin) if matches!(twin.verb, Verb::Touch { .. }) => *twin = write,
            _ => self.writes.push(write),
        }
    }

    /// Checks the rules of the store and converts values into the engine's format.
    pub(crate) fn encode(self, form: Form, rng: &dyn Rng) -> Result<Vec<Write>, StoreError> {
        if let Some(write) = self.writes.get(MAX_BATCH) {
            return Err(write.unstorable(format!("a batch has at most {MAX_BATCH} writes")));
        }
        self.writes.into_iter().map(|write| write.encode(form, rng)).collect()
    }
}

impl Pending {
    fn unstorable(&self, reason: String) -> StoreError {
        StoreError::Unstorable { collection: self.collection.name, id: self.id.clone(), reason }
    }

    fn encode(self, form: Form, rng: &dyn Rng) -> Result<Write, StoreError> {
        if self.id.is_empty() || self.id.len() > MAX_KEY_BYTES || self.id.contains('\0') {
            return Err(self.unstorable(format!("an id has 1 to {MAX_KEY_BYTES} bytes and no NUL")));
        }
        let body = match &self.verb {
            Verb::Insert { document, .. }
            | Verb::Replace { document, .. }
            | Verb::Delete { document: Some(document), .. } => Some(self.body(form, document.as_ref())?),
            _ => None,
        };
        let op = match (self.verb, body) {
            (Verb::Insert { expires_at, .. }, Some(body)) => {
                let mut birth = [0; 8];
                rng.fill(&mut birth);
                Op::Insert { body, birth: i64::from_le_bytes(birth), expires_at }
            }
            (Verb::Replace { expected, expires_at, .. }, Some(body)) => {
                Op::Replace { body, expected, expires_at }
            }
            (Verb::Touch { expected }, _) => Op::Touch { expected },
            (Verb::Delete { expected, .. }, body) => Op::Delete { body, expected },
            (Verb::Restore { expected }, _) => Op::Restore { expected },
            (Verb::Remove { expected }, _) => Op::Remove { expected },
            (Verb::Purge { expected, retention }, _) => Op::Purge { expected, retention },
            (Verb::Insert { .. } | Verb::Replace { .. }, None) => {
                let reason = "the document has no body".to_owned();
                return Err(StoreError::Unstorable { collection: self.collection.name, id: self.id, reason });
            }
        };
        Ok(Write { collection: self.collection, id: self.id, op })
    }

    fn body(&self, form: Form, document: &dyn Content) -> Result<Body, StoreError> {
        // As JSON whatever the format: a document that one engine accepts, every other accepts.
        let value = document.to_json().map_err(|error| self.unstorable(error.to_string()))?;
        let text = value.to_string();
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(self.unstorable(format!("a document has at most {MAX_DOCUMENT_BYTES} bytes")));
        }
        let body = match form {
            Form::Json => Body::Json(text),
            Form::Bson => Body::Bson(document.to_bson().map_err(|error| self.unstorable(error.to_string()))?),
        };
        let mut broken = None;
        document.keys(&mut |field, key| {
            if let Err(reason) = check_key(field, &key, &value, &body) {
                broken = Some(reason);
            }
        });
        broken.map_or(Ok(body), |reason| Err(self.unstorable(reason)))
    }
}

/// A key that is null, of another kind, or different from the document's value would sort differently in different
/// engines, or not be found at all.
fn check_key(field: &FieldSpec, key: &KeyValue, value: &Value, body: &Body) -> Result<(), String> {
    let name = field.stored_name();
    let stored = value.get(&*name);
    let fits = match key {
        KeyValue::Text(text) => stored.and_then(Value::as_str) == Some(text),
        KeyValue::Integer(number) => stored.and_then(Value::as_i64) == Some(*number),
        KeyValue::Time(at) => stored.and_then(Value::as_i64) == Some(at.as_millis()),
        KeyValue::Bool(truth) => stored.and_then(Value::as_bool) == Some(*truth),
    };
    let fits_the_form = match body {
        Body::Json(_) => true,
        // A time without its mark would be a number here, and sort among numbers.
        Body::Bson(document) => matches!(
            (key, document.get(&*name)),
            (KeyValue::Text(_), Ok(Some(RawBsonRef::String(_))))
                | (KeyValue::Integer(_), Ok(Some(RawBsonRef::Int64(_))))
                | (KeyValue::Time(_), Ok(Some(RawBsonRef::DateTime(_))))
                | (KeyValue::Bool(_), Ok(Some(RawBsonRef::Boolean(_))))
        ),
    };
    if !fits || !fits_the_form {
        return Err(format!("the document's `{name}` differs from the index key that its `Key` returns"));
    }
    if let KeyValue::Text(text) = key
        && (text.len() > MAX_KEY_BYTES || text.contains('\0'))
    {
        return Err(format!("the index key `{name}` has at most {MAX_KEY_BYTES} bytes and no NUL"));
    }
    Ok(())
}

/// The result of a commit.
#[derive(Debug)]
pub struct Commit(pub(crate) Written);

impl Commit {
    /// The time of the commit, by the store's clock.
    pub fn at(&self) -> Timestamp {
        self.0.at
    }

    /// The current revision of a document. `None` if this batch did not write it, or removed it.
    pub fn revision<T: Document>(&self, id: &T::Id) -> Option<i64> {
        self.meta::<T>(id).map(|meta| meta.revision)
    }

    /// A document as it is now, without reading it again: `value` is the one that this batch wrote. `None` if this
    /// batch did not write it, or removed it.
    pub fn stored<T: Document>(&self, id: &T::Id, value: T) -> Option<Stored<T>> {
        self.meta::<T>(id).map(|meta| Stored { id: id.clone(), meta: meta.clone(), value })
    }

    fn meta<T: Document>(&self, id: &T::Id) -> Option<&Meta> {
        let id = id.to_string();
        let found =
            self.0.documents.iter().find(|(collection, name, _)| *collection == T::COLLECTION && *name == id);
        found.and_then(|(_, _, meta)| meta.as_ref())
    }
}

impl Store {
    /// Writes a batch: all of it, durably, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] or [`StoreError::Stale`] for the first write whose precondition does not hold,
    /// [`StoreError::Unstorable`] for a value that violates a rule, [`StoreError::Unavailable`] when the engine
    /// cannot write and has written nothing, [`StoreError::Unknown`] when it may have.
    pub async fn commit(&self, batch: Batch) -> Result<Commit, StoreError> {
        self.admit()?;
        let writes = batch.encode(self.inner.engine.form(), self.inner.rng.as_ref())?;
        for write in &writes {
            if !self.declares(write.collection) {
                return Err(StoreError::Undeclared { collection: write.collection.name });
            }
            self.count_write(write.collection.name);
        }
        if writes.is_empty() {
            let written = Written { at: self.now(), documents: Vec::new() };
            return Ok(Commit(written));
        }
        let call = self.call(Operation::Commit, collection_of(&writes));
        let written = call.end(self.inner.engine.commit(writes).await)?;
        for (collection, ..) in &written.documents {
            self.inner.remember_documents(collection);
        }
        Ok(Commit(written))
    }
}
