//! Tails: following the inserts into a collection, by any process.
//!
//! A document becomes visible when its batch commits, which is later than its time: by up to [`BATCH_DEADLINE`]. So
//! every read begins one deadline before the newest document seen, or before the last read began if that was
//! earlier, and skips documents it has seen. The same query serves a reader that just started, one that was
//! suspended for an hour, and one that is up to date; and it sees the writes of another process.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_core::values::KeyValue;

use super::collection::Collection;
use super::decode::decode;
use super::document::{Document, Stored};
use super::index::{Oldest, Query};
use super::timing::Operation;
use crate::engine::plan::{Position, QueryPlan};
use crate::engine::{BATCH_DEADLINE, StoreError, WALK_STEP};

/// Follows the documents of a query in the order of their insertion.
///
/// Delivery is at least once; a reader must tolerate seeing a document twice. A document that was removed or has
/// ended before the read is not seen.
pub struct Tail<T: Document> {
    collection: Collection<T>,
    query: QueryPlan,
    /// The position of the current read; `None` between two reads.
    position: Option<Position>,
    /// When the last read began. Behind its first page there may be later commits.
    began: Timestamp,
    newest: Timestamp,
    /// The store's time at the last read, and the monotonic time of that read.
    last_time: Option<(Timestamp, Duration)>,
    clock_change: Option<ClockChange>,
    seen: BTreeSet<(Timestamp, String)>,
}

/// After the store's clock was set: reads begin here for a while.
#[derive(Clone, Copy)]
struct ClockChange {
    floor: Timestamp,
    /// Monotonic.
    until: Duration,
}

/// A clock that differs by more than this from the time since the last read was set, or is another one.
const SET_BY: Duration = Duration::from_secs(1);

impl<T: Document> fmt::Debug for Tail<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tail({} by {}, up to {})", T::COLLECTION, self.query.index.name, self.newest)
    }
}

/// The result of a read.
#[derive(Debug)]
pub struct Tailed<T: Document> {
    /// New documents, oldest first, at most [`WALK_STEP`].
    pub items: Vec<Stored<T>>,
    /// Whether that was everything for now. Otherwise read again at once.
    pub caught_up: bool,
}

impl<T: Document> Collection<T> {
    /// Follows inserts, from the first document of the query on.
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
            last_time: None,
            clock_change: None,
            seen: BTreeSet::new(),
        }
    }

    /// The next new documents. If it fails, or its future is dropped, nothing is lost: read again. An unreadable
    /// document stops the tail until it is repaired: it is not skipped.
    ///
    /// # Errors
    /// Like [`Collection::get`].
    pub async fn poll(&mut self) -> Result<Tailed<T>, StoreError> {
        // A read that finds only known documents continues, so it is as long as one deadline's inserts, page by
        // page.
        loop {
            let mut query = self.query.clone();
            let mut began = self.began;
            if self.position.is_none() {
                // Before the read, so that later writes with the same clock are found.
                self.collection.store.refresh_clock().await?;
                began = self.read_time();
                query.raise(KeyValue::Time(self.floor()));
            }
            let rows =
                self.collection.rows_as(Operation::Tail, query, self.position.clone(), WALK_STEP).await?;
            // Only now: a read that failed has seen nothing.
            self.began = began;
            let caught_up = rows.len() < WALK_STEP as usize;
            let last = rows.last().filter(|_| !caught_up);
            let position =
                last.map(|last| Position { sort: last.sort.clone(), id: last.document.id.clone() });
            let continues_at = last.map(|last| last.document.meta.created_at);

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
            // Documents below will not be read again, by this read or the next; a long catch-up must not stay in
            // memory.
            let floor = self.floor();
            self.seen = self.seen.split_off(&(continues_at.map_or(floor, |at| at.min(floor)), String::new()));
            self.position = position;
            if caught_up || !items.is_empty() {
                return Ok(Tailed { items, caught_up });
            }
        }
    }

    /// Where the next read begins. Not only the newest document: this read may have taken longer than a deadline,
    /// and a clock that ran ahead must not hide documents until the time has caught up.
    fn floor(&self) -> Timestamp {
        let floor = self.newest.min(self.began).minus(BATCH_DEADLINE);
        self.clock_change.map_or(floor, |change| floor.min(change.floor))
    }

    /// The time in the store; also notices when its clock was set, or when another server's replaced it. From then
    /// on others use the new time, and a batch under way uses the old one: until the last of those is written or
    /// given up, reads begin before both.
    fn read_time(&mut self) -> Timestamp {
        let clock = self.collection.store.clock();
        let (now, at) = (clock.now(), clock.monotonic());
        self.clock_change = self.clock_change.filter(|change| at < change.until);
        if let Some((then, since)) = self.last_time.replace((now, at)) {
            let expected = then.plus(at.saturating_sub(since));
            let apart = Duration::from_millis(expected.as_millis().abs_diff(now.as_millis()));
            if apart > SET_BY {
                let floor = self.floor().min(now.minus(BATCH_DEADLINE));
                self.clock_change = Some(ClockChange { floor, until: at.saturating_add(2 * BATCH_DEADLINE) });
            }
        }
        now
    }
}
