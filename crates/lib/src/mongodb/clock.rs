//! The time of a database with several writing processes: the server's. Each process tracks it, so that reading it
//! costs no round trip and is wrong by at most half of one.
//!
//! Two things depend on it: one clock dates and ends everything that is kept on every instance, and the times of
//! inserts disagree with the order of their commits by less than the span that a tail re-reads.
//!
//! Between two measurements the time advances by this process's monotonic clock. Its wall clock is not used at all:
//! when somebody sets it, nothing that is kept becomes older or younger.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mongodb::Database;
use mongodb::bson::{Document, doc};
use mongodb::error::Error;
use mongodb::options::{ReadPreference, SelectionCriteria};
use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;
use parking_lot::Mutex;

use crate::engine::ClockReading;

/// How long a measurement is good enough for writes. Two quartz clocks drift apart by some milliseconds in it.
const GOOD_FOR: Duration = Duration::from_mins(1);

/// How long it is good enough for following a collection: every read measures again, so that the next one notices a
/// server whose clock was set, or a new primary with another clock.
const FRESH_FOR: Duration = Duration::from_millis(100);

/// If the wall clock and the monotonic one disagree by this much about the elapsed time, the wall clock was set or
/// the machine slept, and monotonic time may have stood still meanwhile: measure before deciding.
const JUMP: Duration = Duration::from_millis(100);

/// A measurement with a slower answer is too inexact; another is tried if there is no earlier one.
const ROUND_TRIP: Duration = Duration::from_millis(100);

/// The maximum number of measurements, of which the one with the shortest round trip counts.
const TRIES: usize = 3;

/// The maximum drift between two clocks, in thousandths. Quartz does less than a tenth of it.
const DRIFT: u32 = 1;

/// The time of the server, as this process knows it.
#[derive(Debug)]
pub(super) struct ServerClock {
    own: Arc<dyn Clock>,
    /// The offset to our monotonic time, in milliseconds.
    base: AtomicI64,
    /// How far our wall clock was ahead of our monotonic one at the measurement, in milliseconds.
    wall_ahead: AtomicI64,
    measured: Mutex<Option<Measured>>,
    /// One measurement at a time.
    measuring: tokio::sync::Mutex<()>,
    /// The last time that was used for a write.
    last: AtomicI64,
}

/// One answer of the server.
#[derive(Clone, Copy, Debug)]
struct Measured {
    /// Monotonic.
    at: Duration,
    /// The offset to our monotonic time, in milliseconds.
    base: i64,
    /// Half the round trip.
    error: Duration,
}

impl Measured {
    /// Its possible error by now.
    fn error_at(&self, now: Duration) -> Duration {
        self.error.saturating_add(now.saturating_sub(self.at).saturating_mul(DRIFT) / 1000)
    }

    /// Whether this one should replace `old`: it is as exact, or it shows that the server's clock was set since.
    fn replaces(&self, old: &Self) -> bool {
        let old_error = old.error_at(self.at);
        let apart = self.base.abs_diff(old.base);
        self.error <= old_error || u128::from(apart) > self.error.saturating_add(old_error).as_millis() + 1
    }
}

impl ServerClock {
    pub(super) fn new(own: Arc<dyn Clock>) -> Self {
        let ahead = wall_ahead(own.as_ref());
        Self {
            own,
            base: AtomicI64::new(ahead),
            wall_ahead: AtomicI64::new(ahead),
            measured: Mutex::new(None),
            measuring: tokio::sync::Mutex::new(()),
            last: AtomicI64::new(i64::MIN),
        }
    }

    /// The time of a write. In one process it never goes back.
    pub(super) fn write_time(&self) -> Timestamp {
        let now = self.now().as_millis();
        Timestamp::from_millis(self.last.fetch_max(now, Ordering::AcqRel).max(now))
    }

    /// Measures again if the last measurement is too old for writes.
    pub(super) async fn settle(&self, database: &Database) -> Result<(), Error> {
        self.measure_after(GOOD_FOR, database).await
    }

    /// Measures again, unless another task just did.
    pub(super) async fn refresh(&self, database: &Database) -> Result<(), Error> {
        self.measure_after(FRESH_FOR, database).await
    }

    async fn measure_after(&self, age: Duration, database: &Database) -> Result<(), Error> {
        if self.is_good_for(age) {
            return Ok(());
        }
        let _one = self.measuring.lock().await;
        if self.is_good_for(age) {
            return Ok(());
        }
        self.measure(database).await.map(drop)
    }

    fn is_good_for(&self, age: Duration) -> bool {
        // A test clock is right by definition, and no server follows it.
        if self.own.is_driven() {
            return true;
        }
        let Some(last) = *self.measured.lock() else { return false };
        !self.jumped() && self.own.monotonic().saturating_sub(last.at) < age
    }

    /// Whether our wall clock was set, or the machine slept, since the last measurement.
    pub(super) fn jumped(&self) -> bool {
        if self.own.is_driven() {
            return false;
        }
        let then = self.wall_ahead.load(Ordering::Acquire);
        u128::from(wall_ahead(self.own.as_ref()).abs_diff(then)) >= JUMP.as_millis()
    }

    /// The difference between the server's time and our wall clock.
    pub(super) fn reading(&self) -> ClockReading {
        let now = self.own.monotonic();
        let measured = *self.measured.lock();
        ClockReading {
            difference: self.now().as_millis().saturating_sub(self.own.now().as_millis()),
            uncertainty: measured.map_or(Duration::ZERO, |measured| measured.error_at(now)),
            is_shared: true,
        }
    }

    /// Asks the primary for its time (Cristian's algorithm), and returns the rest of its answer.
    pub(super) async fn measure(&self, database: &Database) -> Result<Document, Error> {
        let known = self.measured.lock().filter(|_| !self.jumped());
        let tries = if known.is_some() { 1 } else { TRIES };
        let mut best: Option<(Measured, i64, Document)> = None;
        for _ in 0..tries {
            let (asked, ahead) = (self.own.monotonic(), wall_ahead(self.own.as_ref()));
            let hello = database
                .run_command(doc! { "hello": 1 })
                .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
                .await?;
            let at = self.own.monotonic();
            let took = at.saturating_sub(asked);
            let Ok(theirs) = hello.get_datetime("localTime") else { return Ok(hello) };
            // Half way between question and answer.
            let base = theirs.timestamp_millis().saturating_sub(millis(asked.saturating_add(took / 2)));
            let measured = Measured { at, base, error: took / 2 };
            if best.as_ref().is_none_or(|(best, ..)| measured.error < best.error) {
                best = Some((measured, ahead, hello));
            }
            if took <= ROUND_TRIP {
                break;
            }
        }
        let Some((measured, ahead, hello)) = best else { return Ok(Document::new()) };
        if !self.own.is_driven() {
            self.take(measured, known, ahead);
        }
        Ok(hello)
    }

    fn take(&self, measured: Measured, known: Option<Measured>, ahead: i64) {
        let next = match known {
            // It confirms the known offset, which was measured more exactly: keep that with its error.
            Some(old) if !measured.replaces(&old) => {
                Measured { at: measured.at, error: old.error_at(measured.at), ..old }
            }
            _ => measured,
        };
        self.base.store(next.base, Ordering::Release);
        self.wall_ahead.store(ahead, Ordering::Release);
        *self.measured.lock() = Some(next);
    }
}

impl Clock for ServerClock {
    /// The server's time, as exactly as known.
    fn now(&self) -> Timestamp {
        if self.own.is_driven() {
            return self.own.now();
        }
        let base = self.base.load(Ordering::Acquire);
        Timestamp::from_millis(base.saturating_add(millis(self.own.monotonic())))
    }

    fn monotonic(&self) -> Duration {
        self.own.monotonic()
    }

    fn is_driven(&self) -> bool {
        self.own.is_driven()
    }
}

fn wall_ahead(clock: &dyn Clock) -> i64 {
    clock.now().as_millis().saturating_sub(millis(clock.monotonic()))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use palisade_core::ports::TestClock;

    use super::*;

    fn measured(at: u64, base: i64, error: u64) -> Measured {
        Measured { at: Duration::from_secs(at), base, error: Duration::from_millis(error) }
    }

    #[test]
    fn a_less_exact_measurement_counts_only_if_the_clock_was_set() {
        let exact = measured(0, 1000, 2);
        for (base, error, replaces) in [
            (1000, 1, true),
            (1001, 2, true),
            (1050, 200, false),
            (1300, 200, true),
            (-3_600_000, 200, true),
            (700, 400, false),
        ] {
            assert_eq!(measured(1, base, error).replaces(&exact), replaces, "{base} within {error} ms");
        }
        // An old one is less exact.
        assert!(measured(3600, 1050, 200).replaces(&exact));
    }

    #[test]
    fn setting_the_wall_clock_is_noticed_and_changes_nothing() {
        let own = Arc::new(TestClock::of_a_machine(Timestamp::from_secs(1_000_000)));
        let clock = ServerClock::new(Arc::clone(&own) as _);
        clock.take(measured(0, 500_000_000, 1), None, wall_ahead(own.as_ref()));
        for by in [3_600_000, -7_200_000] {
            own.set(by);
            assert_eq!(clock.now(), Timestamp::from_secs(500_000));
            assert!(clock.jumped());
        }
        own.advance(Duration::from_secs(10));
        assert_eq!(clock.now(), Timestamp::from_secs(500_010));
        assert_eq!(clock.reading().difference, -496_400_000);
    }
}
