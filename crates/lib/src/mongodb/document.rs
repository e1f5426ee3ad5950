//! The format of a document: the store's metadata in separate fields, and the value below `doc`, where no field of
//! a value can collide with them.
//!
//! ```json
//! { "_id": "usr_…", "schemaVersion": 1, "revision": 3, "birth": 8123…, "createdAt": ISODate(…), "updatedAt": ISODate(…),
//!   "isDeleted": false, "deletedAt": null, "doc": { "email": "ada@example.org", … } }
//! ```
//!
//! An ephemeral one has `expiresAt` in place of `isDeleted` and `deletedAt`.

use mongodb::bson::error::Error as MalformedBson;
use mongodb::bson::raw::RawElement;
use mongodb::bson::{
    Bson, DateTime, RawBson, RawBsonRef, RawDocument as RawBsonDocument, RawDocumentBuf, cstr,
};
use palisade_core::system::time::Timestamp;
use palisade_core::values::{KeyKind, KeyValue};
use serde_json::Value;

use crate::engine::plan::{Body, RawDocument};
use crate::engine::{CollectionSpec, FieldSpec, IndexSpec, Meta, SortSpec, StoreError};

pub(super) const VALUE: &str = "doc";

/// All top fields of a document.
pub(super) const MEMBERS: [&str; 10] = [
    "_id",
    "schemaVersion",
    "revision",
    "birth",
    "createdAt",
    "updatedAt",
    "isDeleted",
    "deletedAt",
    "expiresAt",
    VALUE,
];

/// The path of a field of the value.
pub(super) fn path(field: &FieldSpec) -> String {
    format!("{VALUE}.{}", field.stored_name())
}

/// The path of the sort key of an index.
pub(super) fn sort_path(index: &IndexSpec) -> String {
    match &index.sort {
        SortSpec::Field(field) => path(field),
        SortSpec::CreatedAt => "createdAt".to_owned(),
        SortSpec::DeletedAt => "deletedAt".to_owned(),
        SortSpec::Id => "_id".to_owned(),
    }
}

pub(super) fn date(at: Timestamp) -> Bson {
    Bson::DateTime(date_time(at))
}

fn date_time(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.as_millis())
}

pub(super) fn key(key: &KeyValue) -> Bson {
    match key {
        KeyValue::Text(text) => Bson::String(text.clone()),
        KeyValue::Integer(number) => Bson::Int64(*number),
        KeyValue::Bool(truth) => Bson::Boolean(*truth),
        KeyValue::Time(at) => date(*at),
    }
}

/// A whole document, with the version of its value.
pub(super) fn compose(
    collection: &CollectionSpec,
    id: &str,
    schema_version: i64,
    meta: &Meta,
    value: &RawBsonDocument,
) -> RawDocumentBuf {
    let optional = |at: Option<Timestamp>| at.map_or(RawBson::Null, |at| RawBson::DateTime(date_time(at)));
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), id);
    document.append(cstr!("schemaVersion"), schema_version);
    document.append(cstr!("revision"), meta.revision);
    document.append(cstr!("birth"), meta.birth);
    document.append(cstr!("createdAt"), date_time(meta.created_at));
    document.append(cstr!("updatedAt"), date_time(meta.updated_at));
    if collection.ephemeral {
        document.append(cstr!("expiresAt"), optional(meta.expires_at));
    } else {
        document.append(cstr!("isDeleted"), meta.deleted_at.is_some());
        document.append(cstr!("deletedAt"), optional(meta.deleted_at));
    }
    document.append(cstr!("doc"), value);
    document
}

/// Splits a document into its parts, in one pass over its fields.
pub(super) fn split(
    collection: &'static CollectionSpec,
    document: &RawBsonDocument,
) -> Result<RawDocument, StoreError> {
    let mut parts = Parts::default();
    let mut parsed = true;
    for element in document.iter_elements() {
        let Ok(element) = element else {
            parsed = false;
            break;
        };
        let part = match element.key().as_str() {
            "_id" => &mut parts.id,
            "schemaVersion" => &mut parts.schema_version,
            "revision" => &mut parts.revision,
            "birth" => &mut parts.birth,
            "createdAt" => &mut parts.created_at,
            "updatedAt" => &mut parts.updated_at,
            "deletedAt" => &mut parts.deleted_at,
            "expiresAt" => &mut parts.expires_at,
            VALUE => &mut parts.value,
            _ => continue,
        };
        *part = element.value().ok();
    }
    let id = parts.id.and_then(RawBsonRef::as_str).unwrap_or_default();
    let corrupt = |field: &str| corrupt(collection, id, field);
    if !parsed {
        return Err(corrupt("."));
    }
    if id.is_empty() {
        return Err(corrupt("_id"));
    }
    let integer = |name, part| integer(part).ok_or_else(|| corrupt(name));
    let optional_time = |name, part| match part {
        Some(RawBsonRef::DateTime(at)) => Ok(Some(Timestamp::from_millis(at.timestamp_millis()))),
        None | Some(RawBsonRef::Null) => Ok(None),
        _ => Err(corrupt(name)),
    };
    let time = |name, part| optional_time(name, part)?.ok_or_else(|| corrupt(name));
    let value = parts.value.and_then(RawBsonRef::as_document).ok_or_else(|| corrupt(VALUE))?;
    Ok(RawDocument {
        schema_version: integer("schemaVersion", parts.schema_version)?,
        meta: Meta {
            revision: integer("revision", parts.revision)?,
            birth: integer("birth", parts.birth)?,
            created_at: time("createdAt", parts.created_at)?,
            updated_at: time("updatedAt", parts.updated_at)?,
            deleted_at: optional_time("deletedAt", parts.deleted_at)?,
            expires_at: optional_time("expiresAt", parts.expires_at)?,
        },
        body: Body::Bson(value.to_owned()),
        id: id.to_owned(),
    })
}

#[derive(Default)]
struct Parts<'a> {
    id: Option<RawBsonRef<'a>>,
    schema_version: Option<RawBsonRef<'a>>,
    revision: Option<RawBsonRef<'a>>,
    birth: Option<RawBsonRef<'a>>,
    created_at: Option<RawBsonRef<'a>>,
    updated_at: Option<RawBsonRef<'a>>,
    deleted_at: Option<RawBsonRef<'a>>,
    expires_at: Option<RawBsonRef<'a>>,
    value: Option<RawBsonRef<'a>>,
}

/// A number typed into the shell is an int32: it counts as the same number.
fn integer(value: Option<RawBsonRef<'_>>) -> Option<i64> {
    match value? {
        RawBsonRef::Int64(number) => Some(number),
        RawBsonRef::Int32(number) => Some(number.into()),
        _ => None,
    }
}

fn corrupt(collection: &CollectionSpec, id: &str, field: &str) -> StoreError {
    StoreError::Corrupt {
        collection: collection.name,
        id: id.to_owned(),
        field: field.to_owned(),
        source: Some("it is of another type".into()),
    }
}

/// The sort key of a document.
pub(super) fn sort_key(
    collection: &'static CollectionSpec,
    index: &IndexSpec,
    document: &RawBsonDocument,
) -> Result<KeyValue, StoreError> {
    let top = |name| document.get(name).ok().flatten();
    let (found, kind) = match &index.sort {
        SortSpec::Field(field) => {
            let value = document.get_document(VALUE).ok();
            (value.and_then(|value| value.get(&*field.stored_name()).ok().flatten()), field.kind)
        }
        SortSpec::CreatedAt => (top("createdAt"), KeyKind::Time),
        SortSpec::DeletedAt => (top("deletedAt"), KeyKind::Time),
        SortSpec::Id => (top("_id"), KeyKind::Text),
    };
    match (kind, found) {
        (KeyKind::Text, Some(RawBsonRef::String(text))) => Ok(KeyValue::Text(text.to_owned())),
        (KeyKind::Bool, Some(RawBsonRef::Boolean(truth))) => Ok(KeyValue::Bool(truth)),
        (KeyKind::Time, Some(RawBsonRef::DateTime(at))) => {
            Ok(KeyValue::Time(Timestamp::from_millis(at.timestamp_millis())))
        }
        (KeyKind::Integer, Some(RawBsonRef::Int64(number))) => Ok(KeyValue::Integer(number)),
        (KeyKind::Integer, Some(RawBsonRef::Int32(number))) => Ok(KeyValue::Integer(number.into())),
        _ => {
            let id = document.get_str("_id").unwrap_or_default();
            Err(corrupt(collection, id, &sort_path(index)))
        }
    }
}

/// A value as JSON, as in any other engine: a date is a number of milliseconds.
///
/// # Errors
/// When it is not BSON.
pub(crate) fn json(value: RawBsonRef<'_>) -> Result<Value, MalformedBson> {
    Ok(match value {
        RawBsonRef::Document(document) => {
            let entry = |element: RawElement<'_>| {
                let name = element.key().as_str().to_owned();
                Ok::<_, MalformedBson>((name, json(element.value()?)?))
            };
            Value::Object(document.iter_elements().map(|element| entry(element?)).collect::<Result<_, _>>()?)
        }
        RawBsonRef::Array(items) => {
            Value::Array(items.into_iter().map(|item| json(item?)).collect::<Result<_, _>>()?)
        }
        RawBsonRef::String(text) => Value::String(text.to_owned()),
        RawBsonRef::Boolean(truth) => Value::Bool(truth),
        RawBsonRef::Int32(number) => number.into(),
        RawBsonRef::Int64(number) => number.into(),
        RawBsonRef::Double(number) => number.into(),
        RawBsonRef::DateTime(at) => at.timestamp_millis().into(),
        RawBsonRef::Binary(binary) => binary.bytes.into(),
        RawBsonRef::Null => Value::Null,
        // Not a type of ours: the code that expected another type will name the field.
        other => serde_json::json!({ "$type": format!("{:?}", other.element_type()) }),
    })
}
