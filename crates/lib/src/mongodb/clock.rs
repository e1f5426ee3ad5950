//! The time of a database that several processes write: the server's. Each process knows how far its own clock is off,
//! so that its estimate costs no round trip and is wrong by no more than half of one.
//!
//! What rests on it: documents end at the same moment for everybody, and the moments that inserts carry disagree with
//! the order of their commits by less than a tail re-reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mongodb::Database;
use mongodb::bson::{Document, doc};
use mongodb::error::Error;
use mongodb::options::{ReadPreference, SelectionCriteria};
use palisade_core::ports::Clock;
use palisade_core::utils::time::Timestamp;
use parking_lot::Mutex;

/// How long a measurement is good. Two quartz clocks drift apart by some milliseconds in it.
const GOOD_FOR: Duration = Duration::from_mins(1);

/// When the wall clock and the monotonic one disagree by this much about how much time has passed, the wall clock was
/// set or the machine slept: measure before writing.
const JUMP: Duration = Duration::from_millis(100);

/// A measurement whose answer took longer says too little; another is tried.
const ROUND_TRIP: Duration = Duration::from_millis(100);

/// Measurements at most, of which the one with the shortest round trip counts.
const TRIES: usize = 3;

#[derive(Debug)]
pub(super) struct ServerClock {
    own: Arc<dyn Clock>,
    /// What to add to our own clock, in milliseconds.
    offset: AtomicI64,
    measured: Mutex<Option<Moment>>,
    /// One measurement at a time.
    measuring: tokio::sync::Mutex<()>,
    /// The last moment that was written.
    last: AtomicI64,
}

#[derive(Clone, Copy, Debug)]
struct Moment {
    wall: Timestamp,
    monotonic: Duration,
}

impl ServerClock {
    pub(super) fn new(own: Arc<dyn Clock>) -> Self {
        Self {
            own,
            offset: AtomicI64::new(0),
            measured: Mutex::new(None),
            measuring: tokio::sync::Mutex::new(()),
            last: AtomicI64::new(i64::MIN),
        }
    }

    /// The server's time, as well as we know it.
    pub(super) fn now(&self) -> Timestamp {
        shift(self.own.now(), self.offset.load(Ordering::Acquire))
    }

    /// The moment of a write. Of one process they never go back.
    pub(super) fn moment(&self) -> Timestamp {
        let now = self.now().as_millis();
        Timestamp::from_millis(self.last.fetch_max(now, Ordering::AcqRel).max(now))
    }

    pub(super) fn monotonic(&self) -> Duration {
        self.own.monotonic()
    }

    /// Measures again when the last measurement is too old to write by.
    pub(super) async fn settle(&self, database: &Database) -> Result<(), Error> {
        if self.is_good() {
            return Ok(());
        }
        let _one = self.measuring.lock().await;
        if self.is_good() {
            return Ok(());
        }
        self.measure(database).await.map(drop)
    }

    fn is_good(&self) -> bool {
        // A clock that is driven is right by definition, and no server follows it.
        if self.own.is_driven() {
            return true;
        }
        let Some(then) = *self.measured.lock() else { return false };
        let monotonic = self.own.monotonic().saturating_sub(then.monotonic);
        let wall = self.own.now().as_millis().saturating_sub(then.wall.as_millis());
        let apart = wall.saturating_sub(millis(monotonic)).unsigned_abs();
        monotonic < GOOD_FOR && apart < JUMP.as_millis().try_into().unwrap_or(u64::MAX)
    }

    /// Asks the primary for its time (Cristian's algorithm), and gives what else it said.
    pub(super) async fn measure(&self, database: &Database) -> Result<Document, Error> {
        let mut best: Option<(Duration, i64, Document)> = None;
        for _ in 0..TRIES {
            let asked = Moment { wall: self.own.now(), monotonic: self.own.monotonic() };
            let hello = database
                .run_command(doc! { "hello": 1 })
                .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
                .await?;
            let took = self.own.monotonic().saturating_sub(asked.monotonic);
            let Ok(theirs) = hello.get_datetime("localTime") else { return Ok(hello) };
            // Half way between question and answer, on the steady clock: the wall clock may be set in between.
            let ours = shift(asked.wall, millis(took / 2));
            let offset = theirs.timestamp_millis().saturating_sub(ours.as_millis());
            if best.as_ref().is_none_or(|(shortest, ..)| took < *shortest) {
                best = Some((took, offset, hello));
            }
            if took <= ROUND_TRIP {
                break;
            }
        }
        let Some((_, offset, hello)) = best else { return Ok(Document::new()) };
        if !self.own.is_driven() {
            self.offset.store(offset, Ordering::Release);
            *self.measured.lock() = Some(Moment { wall: self.own.now(), monotonic: self.own.monotonic() });
        }
        Ok(hello)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn shift(at: Timestamp, by: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(by))
}
