//! What belongs to a user, over all collections that go with their owner: for a copy of somebody's data.

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use serde_json::Value;

use super::handle::{CollectionDef, Store};
use super::purging::Wanted;
use crate::engine::plan::{Position, RawDocument};
use crate::engine::{StoreError, WALK_STEP};

/// A document of a user.
#[derive(Clone, Debug)]
pub struct OwnedDocument {
    /// Its collection.
    pub collection: &'static str,
    /// Its id.
    pub id: String,
    /// When it was inserted.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// When it was deleted, if it is.
    pub deleted_at: Option<Timestamp>,
    /// Its value as its type writes it.
    pub value: Value,
}

/// A walk over the documents of a user, a page at a time.
#[derive(Debug)]
pub struct OwnedDocuments<'a> {
    store: &'a Store,
    user: UserId,
    /// The collections that are left.
    left: &'a [&'static CollectionDef],
    after: Option<Position>,
}

impl Store {
    /// The documents that belong to a user, deleted or not.
    pub fn owned_by(&self, user: UserId) -> OwnedDocuments<'_> {
        OwnedDocuments { store: self, user, left: self.collections(), after: None }
    }
}

impl OwnedDocuments<'_> {
    /// The next documents, at most [`WALK_STEP`] and at least one; `None` at the end.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`], [`StoreError::NewerSchema`].
    pub async fn next_page(&mut self) -> Result<Option<Vec<OwnedDocument>>, StoreError> {
        while let Some((collection, rest)) = self.left.split_first() {
            let rows = match collection.purge.owner_key() {
                Some(key) => {
                    let wanted = Wanted::Of(&self.user, key);
                    self.store.raw_rows(collection, &wanted, self.after.take()).await?
                }
                None => Vec::new(),
            };
            let is_whole = rows.len() >= WALK_STEP as usize;
            self.after = rows.last().filter(|_| is_whole).map(|(_, position)| position.clone());
            if !is_whole {
                self.left = rest;
            }
            if !rows.is_empty() {
                let shown = rows.into_iter().map(|(document, _)| shown(collection, document));
                return shown.collect::<Result<_, _>>().map(Some);
            }
        }
        Ok(None)
    }
}

fn shown(collection: &CollectionDef, document: RawDocument) -> Result<OwnedDocument, StoreError> {
    let (id, meta) = (document.id.clone(), document.meta.clone());
    Ok(OwnedDocument {
        collection: collection.name,
        id,
        created_at: meta.created_at,
        updated_at: meta.updated_at,
        deleted_at: meta.deleted_at,
        value: (collection.value)(document)?,
    })
}
