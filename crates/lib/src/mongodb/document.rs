//! The form of a document: what the store knows about it in fields of their own, and its value below `doc`, where no
//! field of a value can collide with them.
//!
//! ```json
//! { "_id": "usr_…", "schemaVersion": 1, "revision": 3, "birth": 8123…, "createdAt": ISODate(…), "updatedAt": ISODate(…),
//!   "isDeleted": false, "deletedAt": null, "doc": { "email": "ada@example.org", … } }
//! ```
//!
//! An ephemeral one has `expiresAt` in place of `isDeleted` and `deletedAt`.

use mongodb::bson::{Bson, DateTime, Document, doc};
use palisade_core::utils::key::{KeyKind, KeyValue};
use palisade_core::utils::time::Timestamp;
use serde_json::Value;

use crate::store::plan::{Body, RawDocument};
use crate::store::spec::{CollectionSpec, FieldSpec, IndexSpec, SortSpec};
use crate::store::{Meta, StoreError};

pub(super) const VALUE: &str = "doc";

/// The path of a field of the value.
pub(super) fn path(field: &FieldSpec) -> String {
    format!("{VALUE}.{}", field.stored_name())
}

/// The path of what an index is sorted by.
pub(super) fn sort_path(index: &IndexSpec) -> String {
    match &index.sort {
        SortSpec::Field(field) => path(field),
        SortSpec::CreatedAt => "createdAt".to_owned(),
        SortSpec::DeletedAt => "deletedAt".to_owned(),
        SortSpec::Id => "_id".to_owned(),
    }
}

pub(super) fn date(at: Timestamp) -> Bson {
    Bson::DateTime(DateTime::from_millis(at.as_millis()))
}

pub(super) fn key(key: &KeyValue) -> Bson {
    match key {
        KeyValue::Text(text) => Bson::String(text.clone()),
        KeyValue::Integer(number) => Bson::Int64(*number),
        KeyValue::Bool(truth) => Bson::Boolean(*truth),
        KeyValue::Time(at) => date(*at),
    }
}

/// A whole document.
pub(super) fn compose(collection: &CollectionSpec, id: &str, meta: &Meta, value: Document) -> Document {
    let mut document = doc! {
        "_id": id,
        "schemaVersion": i64::from(collection.schema_version),
        "revision": meta.revision,
        "birth": meta.birth,
        "createdAt": date(meta.created_at),
        "updatedAt": date(meta.updated_at),
    };
    if collection.ephemeral {
        document.insert("expiresAt", meta.expires_at.map_or(Bson::Null, date));
    } else {
        document.insert("isDeleted", meta.deleted_at.is_some());
        document.insert("deletedAt", meta.deleted_at.map_or(Bson::Null, date));
    }
    document.insert(VALUE, value);
    document
}

/// Takes a document apart.
pub(super) fn split(
    collection: &'static CollectionSpec,
    document: Document,
) -> Result<RawDocument, StoreError> {
    let mut fields = Fields { collection, id: String::new(), document };
    fields.id = match fields.take("_id") {
        Some(Bson::String(id)) => id,
        _ => return Err(fields.corrupt("_id")),
    };
    Ok(RawDocument {
        schema_version: fields.integer("schemaVersion")?,
        meta: Meta {
            revision: fields.integer("revision")?,
            birth: fields.integer("birth")?,
            created_at: fields.time("createdAt")?,
            updated_at: fields.time("updatedAt")?,
            deleted_at: fields.optional_time("deletedAt")?,
            expires_at: fields.optional_time("expiresAt")?,
        },
        body: match fields.take(VALUE) {
            Some(Bson::Document(value)) => Body::Bson(value),
            _ => return Err(fields.corrupt(VALUE)),
        },
        id: fields.id,
    })
}

struct Fields {
    collection: &'static CollectionSpec,
    id: String,
    document: Document,
}

impl Fields {
    fn take(&mut self, name: &str) -> Option<Bson> {
        self.document.remove(name)
    }

    fn corrupt(&self, field: &str) -> StoreError {
        StoreError::Corrupt {
            collection: self.collection.name,
            id: self.id.clone(),
            field: field.to_owned(),
            source: Some("it is of another type".into()),
        }
    }

    /// A number typed into the shell is a double or an int32: the same number all the same.
    fn integer(&mut self, name: &str) -> Result<i64, StoreError> {
        match self.take(name) {
            Some(Bson::Int64(number)) => Ok(number),
            Some(Bson::Int32(number)) => Ok(number.into()),
            _ => Err(self.corrupt(name)),
        }
    }

    fn time(&mut self, name: &str) -> Result<Timestamp, StoreError> {
        self.optional_time(name)?.ok_or_else(|| self.corrupt(name))
    }

    fn optional_time(&mut self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        match self.take(name) {
            Some(Bson::DateTime(at)) => Ok(Some(Timestamp::from_millis(at.timestamp_millis()))),
            None | Some(Bson::Null) => Ok(None),
            _ => Err(self.corrupt(name)),
        }
    }
}

/// The key a document was found under.
pub(super) fn sort_key(
    collection: &'static CollectionSpec,
    index: &IndexSpec,
    document: &Document,
) -> Result<KeyValue, StoreError> {
    let (found, kind) = match &index.sort {
        SortSpec::Field(field) => {
            let value = document.get_document(VALUE).ok();
            (value.and_then(|value| value.get(&*field.stored_name())), field.kind)
        }
        SortSpec::CreatedAt => (document.get("createdAt"), KeyKind::Time),
        SortSpec::DeletedAt => (document.get("deletedAt"), KeyKind::Time),
        SortSpec::Id => (document.get("_id"), KeyKind::Text),
    };
    match (kind, found) {
        (KeyKind::Text, Some(Bson::String(text))) => Ok(KeyValue::Text(text.clone())),
        (KeyKind::Integer, Some(Bson::Int64(number))) => Ok(KeyValue::Integer(*number)),
        (KeyKind::Integer, Some(Bson::Int32(number))) => Ok(KeyValue::Integer((*number).into())),
        (KeyKind::Bool, Some(Bson::Boolean(truth))) => Ok(KeyValue::Bool(*truth)),
        (KeyKind::Time, Some(Bson::DateTime(at))) => {
            Ok(KeyValue::Time(Timestamp::from_millis(at.timestamp_millis())))
        }
        _ => Err(StoreError::Corrupt {
            collection: collection.name,
            id: document.get_str("_id").unwrap_or_default().to_owned(),
            field: sort_path(index),
            source: Some("it is of another type".into()),
        }),
    }
}

/// A value as JSON, as it would be in any other engine: a date is a number of milliseconds.
pub(crate) fn json(value: Bson) -> Value {
    match value {
        Bson::Document(document) => {
            Value::Object(document.into_iter().map(|(name, value)| (name, json(value))).collect())
        }
        Bson::Array(items) => Value::Array(items.into_iter().map(json).collect()),
        Bson::String(text) => Value::String(text),
        Bson::Boolean(truth) => Value::Bool(truth),
        Bson::Int32(number) => number.into(),
        Bson::Int64(number) => number.into(),
        Bson::Double(number) => number.into(),
        Bson::DateTime(at) => at.timestamp_millis().into(),
        Bson::Binary(binary) => binary.bytes.into(),
        Bson::Null => Value::Null,
        // Nothing of ours: whoever wanted something else there will say which field it is.
        other => serde_json::json!({ "$type": format!("{:?}", other.element_type()) }),
    }
}
