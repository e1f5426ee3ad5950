//! Tails: following what is inserted into a collection, by whomever.
//!
//! A document becomes visible when its batch commits, which is later than the moment it carries: by up to
//! [`BATCH_DEADLINE`]. So every look begins one deadline before the newest document seen, or before the last look began
//! if that was earlier, and what was seen is left out. The same query serves a reader that just started, one that was
//! suspended for an hour, and one that is up to date; and it sees what another process wrote.

use std::collections::BTreeSet;
use std::fmt;

use palisade_core::utils::key::KeyValue;
use palisade_core::utils::time::Timestamp;

use super::collection::{Collection, decode};
use super::document::{Document, Stored};
use super::error::StoreError;
use super::plan::{Position, QueryPlan};
use super::{BATCH_DEADLINE, WALK_STEP};

/// Follows the documents of a query in the order of their insertion.
///
/// Delivery is at least once; a reader must not mind seeing a document twice. A document that was removed or has ended
/// before it was looked at is not seen.
pub struct Tail<T: Document> {
    collection: Collection<T>,
    query: QueryPlan,
    /// Where the present look stands; `None` between two looks.
    position: Option<Position>,
    /// When the look began that read last. Behind its first page may lie what was committed since.
    began: Timestamp,
    newest: Timestamp,
    seen: BTreeSet<(Timestamp, String)>,
}

impl<T: Document> fmt::Debug for Tail<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tail({} by {}, up to {})", T::COLLECTION, self.query.index.name, self.newest)
    }
}

/// What a look found.
#[derive(Debug)]
pub struct Tailed<T: Document> {
    /// New documents, oldest first, at most [`WALK_STEP`].
    pub items: Vec<Stored<T>>,
    /// Whether that was all there is for now. When not, look again at once.
    pub caught_up: bool,
}

impl<T: Document> Tail<T> {
    pub(crate) fn new(collection: Collection<T>, query: QueryPlan) -> Self {
        Self {
            collection,
            query,
            position: None,
            began: Timestamp::EPOCH,
            newest: Timestamp::EPOCH,
            seen: BTreeSet::new(),
        }
    }

    /// The next new documents. When it fails, or its future is dropped, nothing is lost: look again.
    /// A document that cannot be read stops the tail until it is mended: it is not skipped.
    ///
    /// # Errors
    /// As [`Collection::get`].
    pub async fn poll(&mut self) -> Result<Tailed<T>, StoreError> {
        // A look that finds only what was seen goes on, so it is as long as one deadline's inserts, page by page.
        loop {
            let mut query = self.query.clone();
            let mut began = self.began;
            if self.position.is_none() {
                query.raise(KeyValue::Time(self.floor()));
                began = self.collection.store.now();
            }
            let rows = self.collection.rows(query, self.position.clone(), WALK_STEP).await?;
            // Not before: a look that read nothing has not seen what the last one could not see.
            self.began = began;
            let caught_up = rows.len() < WALK_STEP as usize;
            let last = rows.last().filter(|_| !caught_up);
            let position =
                last.map(|last| Position { sort: last.sort.clone(), id: last.document.id.clone() });
            let goes_on_at = last.map(|last| last.document.meta.created_at);

            let mut items = Vec::new();
            let mut marks = Vec::new();
            for row in rows {
                let mark = (row.document.meta.created_at, row.document.id.clone());
                if !self.seen.contains(&mark) {
                    items.push(decode(row.document)?);
                    marks.push(mark);
                }
            }
            self.newest = marks.iter().map(|(at, _)| *at).fold(self.newest, Timestamp::max);
            self.seen.extend(marks);
            // What lies below will not be read again, by this look or the next; a long catch-up must not be kept in memory.
            let floor = self.floor();
            self.seen = self.seen.split_off(&(goes_on_at.map_or(floor, |at| at.min(floor)), String::new()));
            self.position = position;
            if caught_up || !items.is_empty() {
                return Ok(Tailed { items, caught_up });
            }
        }
    }

    /// Where the next look begins. Not the newest alone: this look may have taken longer than a deadline, and a clock that
    /// ran ahead must not make us blind until it is caught up with.
    fn floor(&self) -> Timestamp {
        self.newest.min(self.began).minus(BATCH_DEADLINE)
    }
}
