//! Upkeep and copies: inspecting a database without creating anything in it, and documents copied from elsewhere.

use std::sync::Arc;

use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::error::Error;
use palisade_core::config::MongoUrl;
use palisade_core::ports::{Clock, Rng};

use super::document::compose;
use super::failure::failed;
use super::{MongoDb, READ_DEADLINE, open, schema};
use crate::engine::plan::{Body, RawDocument, Write};
use crate::engine::{CollectionSpec, OpenError, StoreError};

impl MongoDb {
    /// Creates neither a collection nor an index; `None` if none of the collections exists.
    pub(crate) async fn open_existing(
        address: &MongoUrl,
        collections: &[&'static CollectionSpec],
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Result<Option<Self>, OpenError> {
        let mongodb = Self::connect(address, collections, clock, rng).await?;
        let there = open::collections_of(&mongodb.database).await?;
        let is_any = collections.iter().any(|spec| there.iter().any(|name| name == spec.name));
        Ok(is_any.then_some(mongodb))
    }

    pub(crate) fn index_count(collection: &CollectionSpec) -> usize {
        schema::count(collection)
    }

    /// A collection without any write is an empty one.
    #[expect(clippy::unused_async, reason = "other engines have to check")]
    pub(crate) async fn has(&self, _collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// The approximate number of documents, in every state.
    pub(crate) async fn size(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        let doing = "counting";
        self.reading(doing, async {
            let documents = self.collection(collection);
            let count = documents.estimated_document_count().max_time(READ_DEADLINE);
            count.await.map_err(|error| failed(doing, &error))
        })
        .await
    }

    /// Writes these documents with all their metadata, in place of any documents with their ids, and removes those with
    /// the given ids. Not one transaction, which would be too large: after an interruption it is repeated.
    pub(crate) async fn copy_in(
        &self,
        collection: &'static CollectionSpec,
        put: Vec<RawDocument>,
        remove: Vec<String>,
    ) -> Result<(), StoreError> {
        let failed = |error: Error| failed("copying", &error);
        let documents = self.collection(collection);
        let mut gone = remove;
        gone.extend(put.iter().map(|document| document.id.clone()));
        documents.delete_many(doc! { "_id": { "$in": gone } }).await.map_err(failed)?;
        let whole: Vec<RawDocumentBuf> =
            put.into_iter().map(|document| unchanged(collection, document)).collect::<Result<_, _>>()?;
        if whole.is_empty() {
            return Ok(());
        }
        documents.insert_many(whole).ordered(false).await.map(drop).map_err(failed)
    }
}

/// The document with the metadata and the schema version that it already has.
fn unchanged(
    collection: &'static CollectionSpec,
    document: RawDocument,
) -> Result<RawDocumentBuf, StoreError> {
    let RawDocument { id, schema_version, meta, body } = document;
    let Body::Bson(value) = body else { return Err(Write::of_another_form()) };
    Ok(compose(collection, &id, schema_version, &meta, &value))
}
