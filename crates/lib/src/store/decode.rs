//! From the format of an engine to a type, with upgrades on the way.

use std::cmp::Ordering;

use mongodb::bson::{RawBsonRef, RawDocument as RawBsonDocument};
use serde::Deserialize;
use serde_json::Value;

use super::document::{Document, DocumentId, Stored};
use super::fields::Fields;
use crate::engine::plan::{Body, RawDocument};
use crate::engine::{Cause, StoreError};
use crate::mongodb as bson;

/// Reads a document as its type, with an upgrade if needed.
pub(crate) fn decode<T: Document>(raw: RawDocument) -> Result<Stored<T>, StoreError> {
    let RawDocument { id: name, schema_version: found, meta, body } = raw;
    let corrupt = |field: String, source: Option<Cause>| StoreError::Corrupt {
        collection: T::COLLECTION,
        id: name.clone(),
        field,
        source,
    };
    let Some(id) = <T::Id as DocumentId>::parse(&name) else { return Err(corrupt("_id".to_owned(), None)) };
    let value = match found.cmp(&i64::from(T::SCHEMA_VERSION)) {
        Ordering::Greater => {
            let (collection, known) = (T::COLLECTION, T::SCHEMA_VERSION);
            return Err(StoreError::NewerSchema { collection, found, id: name, known });
        }
        Ordering::Equal => match body {
            // The second attempt is only for the name of the field; the first is the fast one.
            Body::Json(text) => serde_json::from_str::<T>(&text)
                .or_else(|_| located(&mut serde_json::Deserializer::from_str(&text))),
            Body::Bson(document) => bson::decode(&document).or_else(|_| located(object(&document)?)),
        },
        Ordering::Less => {
            let done = usize::try_from(found).ok().and_then(|version| version.checked_sub(1));
            let Some(steps) = done.and_then(|done| T::UPGRADES.get(done..)) else {
                return Err(corrupt("schemaVersion".to_owned(), None));
            };
            let map = match body {
                Body::Json(text) => serde_json::from_str(&text).map_err(|error| explain(&error).1),
                Body::Bson(document) => match object(&document) {
                    Ok(Value::Object(map)) => Ok(map),
                    Ok(_) => Err("it is of another type".into()),
                    Err((_, cause)) => Err(cause),
                },
            };
            let map = map.map_err(|cause| corrupt(".".to_owned(), Some(cause)))?;
            let mut fields = Fields::new(map);
            for step in steps {
                step(&mut fields).map_err(|error| corrupt(error.field().to_owned(), Some(error.into())))?;
            }
            located(fields.into_value())
        }
    };
    let value = value.map_err(|(field, source)| corrupt(field, Some(source)))?;
    Ok(Stored { id, meta, value })
}

/// The slow path of a BSON document: as JSON.
fn object(document: &RawBsonDocument) -> Result<Value, (String, Cause)> {
    bson::json(RawBsonRef::Document(document)).map_err(|_| (".".to_owned(), "it is not BSON".into()))
}

fn located<'de, T, D>(input: D) -> Result<T, (String, Cause)>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(input).map_err(|error| {
        let path = error.path().to_string();
        let (missing, cause) = explain(error.inner());
        match (missing, path.as_str()) {
            (None, _) => (path, cause),
            (Some(name), ".") => (name, cause),
            (Some(name), _) => (format!("{path}.{name}"), cause),
        }
    })
}

/// The name of a missing field, and the problem. Not serde's message, which quotes the value: it may be a secret.
fn explain(error: &serde_json::Error) -> (Option<String>, Cause) {
    let text = error.to_string();
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let what = match error.classify() {
        _ if missing.is_some() => "it is missing",
        serde_json::error::Category::Data => "it is of another type",
        _ => "it is not JSON",
    };
    (missing.map(str::to_owned), what.into())
}
