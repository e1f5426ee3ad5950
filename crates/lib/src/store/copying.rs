//! Copying a whole store into another, of any engine, document by document, with all metadata, so that revisions,
//! cursors and claims keep their meaning.
//!
//! A copy walks along both sides at once and makes the target equal to the source. Starting and resuming are
//! therefore the same walk, and verifying the copy is that walk without the writes.
//!
//! Deleted documents are copied: they can be restored, and they hold their ids. Ended ones are not: no read finds
//! them, and the next sweep would remove them.

use std::collections::BTreeMap;

use super::checksum::{Checksum, checksum};
use super::handle::{CollectionDef, Store};
use super::source::{COPY_STEP, Source, count, last_of_more};
use crate::engine::StoreError;
use crate::engine::plan::{RawDocument, Row};

/// The result of one step of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirrored {
    /// The start of the next step; `None` at the end.
    pub next: Option<String>,
    /// The number of documents of the source that were examined.
    pub examined: u64,
    /// The number of them that were written to the target.
    pub written: u64,
    /// The number of documents that were removed from the target, because the source does not have them.
    pub removed: u64,
}

/// The result of one step of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The start of the next step; `None` at the end.
    pub next: Option<String>,
    /// The number of documents of the source that were examined.
    pub examined: u64,
    /// The ids of documents that differ between the sides, or exist on only one.
    pub different: Vec<String>,
    /// The checksums of the examined documents, in the order of their ids.
    pub(crate) checksums: Vec<[u8; 32]>,
}

impl Checksum {
    /// Adds the result of a comparison.
    pub fn add(&mut self, compared: &Compared) {
        for checksum in &compared.checksums {
            self.0.update(checksum);
        }
    }
}

/// The documents of both sides within one range of ids.
struct IdRange {
    source: Vec<RawDocument>,
    target: BTreeMap<String, RawDocument>,
    next: Option<String>,
}

impl Source {
    /// Makes the target equal to the source, for the next range of ids after this one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn mirror(
        &self,
        target: &Store,
        collection: &'static CollectionDef,
        after: Option<&str>,
    ) -> Result<Mirrored, StoreError> {
        let IdRange { source, target: mut there, next } = self.read_range(target, collection, after).await?;
        let examined = count(source.len());
        let mut put = Vec::new();
        for document in source {
            let same = match there.remove(&document.id) {
                Some(copy) => checksum(collection, &copy)? == checksum(collection, &document)?,
                None => false,
            };
            if !same {
                put.push(document);
            }
        }
        let remove: Vec<String> = there.into_keys().collect();
        let mirrored = Mirrored { next, examined, written: count(put.len()), removed: count(remove.len()) };
        if !put.is_empty() || !remove.is_empty() {
            target.inner.engine.copy_in(collection, put, remove).await?;
        }
        Ok(mirrored)
    }

    /// Checks whether the target equals the source, for the next range of ids after this one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn compare(
        &self,
        target: &Store,
        collection: &'static CollectionDef,
        after: Option<&str>,
    ) -> Result<Compared, StoreError> {
        let IdRange { source, target: mut there, next } = self.read_range(target, collection, after).await?;
        let mut compared =
            Compared { next, examined: count(source.len()), different: Vec::new(), checksums: Vec::new() };
        let now = target.now();
        for document in source {
            let ours = checksum(collection, &document)?;
            compared.checksums.push(ours);
            let same = match there.remove(&document.id) {
                Some(copy) => checksum(collection, &copy)? == ours,
                // A document that has ended since may have been swept there already.
                None => document.meta.expires_at.is_some_and(|end| end <= now),
            };
            if !same {
                compared.different.push(document.id);
            }
        }
        compared.different.extend(there.into_keys());
        Ok(compared)
    }

    async fn read_range(
        &self,
        target: &Store,
        collection: &'static CollectionDef,
        after: Option<&str>,
    ) -> Result<IdRange, StoreError> {
        let source = self.page(collection, after, COPY_STEP).await?;
        let there = target.walk(collection, after, COPY_STEP).await?;
        // The range ends where the first of the two pages ends.
        let next = [last_of_more(&source), last_of_more(&there)].into_iter().flatten().min();
        let within = |row: &Row| next.as_deref().is_none_or(|end| row.document.id.as_str() <= end);
        let (form, rng) = (target.inner.engine.form(), target.inner.rng.as_ref());
        let source =
            source.into_iter().filter(&within).map(|row| (collection.translate)(row.document, form, rng));
        let source = source.collect::<Result<_, _>>()?;
        let target = there.into_iter().filter(&within).map(|row| (row.document.id.clone(), row.document));
        Ok(IdRange { source, target: target.collect(), next })
    }
}

#[cfg(test)]
mod tests;
