//! Tails: following what is inserted into a collection, by whomever.
//!
//! A document becomes visible when its batch commits, which is later than the moment it carries: by up to
//! [`BATCH_DEADLINE`]. So every look begins one deadline before the newest document seen, or before the last look began
//! if that was earlier, and what was seen is left out. The same query serves a reader that just started, one that was
//! suspended for an hour, and one that is up to date; and it sees what another process wrote.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_core::values::KeyValue;

use super::collection::Collection;
use super::decode::decode;
use super::document::{Document, Stored};
use super::index::{Oldest, Query};
use crate::engine::plan::{Position, QueryPlan};
use crate::engine::{BATCH_DEADLINE, StoreError, WALK_STEP};

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
    /// What time it was in the store at the last look, and when that was in monotonic time.
    looked: Option<(Timestamp, Duration)>,
    held: Option<Held>,
    seen: BTreeSet<(Timestamp, String)>,
}

/// Looks begin here, after the store's clock was set.
#[derive(Clone, Copy)]
struct Held {
    floor: Timestamp,
    /// Monotonic.
    until: Duration,
}

/// A clock that differs by more from what has passed since the last look was set, or is another one.
const SET_BY: Duration = Duration::from_secs(1);

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

impl<T: Document> Collection<T> {
    /// Follows what is inserted, from the first document of the query on.
    pub fn tail(&self, query: Query<T, Oldest>) -> Tail<T> {
        Tail::new(self.clone(), query.plan)
    }
}

impl<T: Document> Tail<T> {
    pub(crate) fn new(collection: Collection<T>, query: QueryPlan) -> Self {
        Self {
            collection,
            query,
            position: None,
            began: Timestamp::EPOCH,
            newest: Timestamp::EPOCH,
            looked: None,
            held: None,
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
                // Before the look, so that whoever wrote since then with the same clock is found.
                self.collection.store.refresh_clock().await?;
                began = self.notice();
                query.raise(KeyValue::Time(self.floor()));
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
        let floor = self.newest.min(self.began).minus(BATCH_DEADLINE);
        self.held.map_or(floor, |held| floor.min(held.floor))
    }

    /// What time it is in the store; and notices when its clock was set, or another server's took its place. Others date by
    /// the new time from then on, and a batch under way by the old one: until the last of those is written or given up, looks
    /// begin before both.
    fn notice(&mut self) -> Timestamp {
        let clock = self.collection.store.clock();
        let (now, at) = (clock.now(), clock.monotonic());
        self.held = self.held.filter(|held| at < held.until);
        if let Some((then, since)) = self.looked.replace((now, at)) {
            let expected = then.plus(at.saturating_sub(since));
            let apart = Duration::from_millis(expected.as_millis().abs_diff(now.as_millis()));
            if apart > SET_BY {
                let floor = self.floor().min(now.minus(BATCH_DEADLINE));
                self.held = Some(Held { floor, until: at.saturating_add(2 * BATCH_DEADLINE) });
            }
        }
        now
    }
}
