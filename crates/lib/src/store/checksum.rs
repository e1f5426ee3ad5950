//! Checksums: over all there is of a document, and over many documents.

use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};
use mongodb::bson::RawBsonRef;
use palisade_core::system::time::Timestamp;
use serde_json::Value;

use super::source::count;
use crate::engine::plan::{Body, RawDocument};
use crate::engine::{Cause, CollectionSpec, StoreError};
use crate::mongodb::json;

/// A checksum over many documents, in the order in which they are added.
#[derive(Clone)]
pub struct Checksum(pub(super) Context);

impl std::fmt::Debug for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Checksum(…)")
    }
}

impl Default for Checksum {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Checksum {
    /// The sum, in hex.
    pub fn to_hex(self) -> String {
        self.0.finish().as_ref().iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// SHA-256 over the whole document, the same in every engine.
pub(super) fn checksum(
    collection: &'static CollectionSpec,
    document: &RawDocument,
) -> Result<[u8; 32], StoreError> {
    let RawDocument { id, schema_version, meta, body } = document;
    let corrupt = |cause: Cause| StoreError::Corrupt {
        collection: collection.name,
        id: id.clone(),
        field: ".".to_owned(),
        source: Some(cause),
    };
    // An engine need not keep the order of fields.
    let value: Value = match body {
        Body::Json(text) => serde_json::from_str(text)
            .map_err(|error| corrupt(format!("it is not JSON: {:?}", error.classify()).into()))?,
        Body::Bson(document) => {
            json(RawBsonRef::Document(document)).map_err(|_| corrupt("it is not BSON".into()))?
        }
    };
    let mut context = Context::new(&SHA256);
    let times = [Some(meta.created_at), Some(meta.updated_at), meta.deleted_at, meta.expires_at];
    for number in [*schema_version, meta.revision, meta.birth] {
        context.update(&number.to_be_bytes());
    }
    for time in times {
        context.update(&[u8::from(time.is_some())]);
        context.update(&time.map_or(0, Timestamp::as_millis).to_be_bytes());
    }
    for text in [id.as_str(), &value.to_string()] {
        context.update(&count(text.len()).to_be_bytes());
        context.update(text.as_bytes());
    }
    let digest = context.finish();
    digest
        .as_ref()
        .try_into()
        .map_err(|_| StoreError::Engine { doing: "making a checksum", source: "it has not 32 bytes".into() })
}
