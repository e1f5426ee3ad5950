//! The time of an embedded database: this machine's, but it never goes back.
//!
//! A clock that is set back repeats the past: ended documents are alive again, and the documents that refused them are
//! swept. So this clock never returns to a time that it has shown. When the machine's clock is behind, this one
//! continues from its last time at half speed until they agree: one hour takes two hours. It dates and ends everything
//! that is kept, so lifetimes grow with it, and so do the things that end them.
//!
//! The commits write its progress, at most once a second, into a separate table: so between two runs, and in
//! another process with the same file, it goes back by less than a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use palisade_core::ports::Clock;
use palisade_core::system::time::Timestamp;
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::engine::ClockReading;

/// The table with the progress of the clock, in milliseconds. It is not a collection, and only this clock uses it.
pub(super) const TABLE: &str = "palisade_clock";

/// How often the progress of the clock is written.
const MARK_EVERY: Duration = Duration::from_secs(1);

/// Two threads that read the time at once may take effect in the other order.
const AT_ONCE: i64 = 10;

/// The clock of one file.
#[derive(Debug)]
pub(super) struct FileClock {
    own: Arc<dyn Clock>,
    /// The latest time that it has shown, in milliseconds.
    last: AtomicI64,
    /// Whether the machine's clock is behind it. Then `held` gives the time.
    is_behind: AtomicBool,
    held: Mutex<Option<Held>>,
    /// The latest time on the disk, in milliseconds.
    marked: AtomicI64,
}

/// The time of the clock when the machine's fell behind it.
#[derive(Clone, Copy, Debug)]
struct Held {
    said: i64,
    /// Monotonic.
    at: Duration,
}

impl FileClock {
    /// A clock that continues from the time in the file.
    pub(super) fn of(connection: &Connection, own: Arc<dyn Clock>) -> rusqlite::Result<Self> {
        let marked = mark(connection)?;
        Ok(Self::after(marked, own))
    }

    fn after(marked: Timestamp, own: Arc<dyn Clock>) -> Self {
        let marked = marked.as_millis();
        Self {
            own,
            last: AtomicI64::new(marked),
            is_behind: AtomicBool::new(false),
            held: Mutex::new(None),
            marked: AtomicI64::new(marked),
        }
    }

    /// The difference to the machine's clock.
    pub(super) fn reading(&self) -> ClockReading {
        let difference = self.now().as_millis().saturating_sub(self.own.now().as_millis());
        // A tick between the two reads is not a difference.
        let difference = if difference.abs() <= AT_ONCE { 0 } else { difference };
        ClockReading { difference, uncertainty: Duration::ZERO, is_shared: false }
    }

    /// Whether the progress must be written although nobody commits: another process needs it as long as the
    /// machine's clock cannot tell it.
    pub(super) fn wants_mark(&self) -> bool {
        self.now();
        self.is_behind.load(Ordering::Acquire) && self.is_due(self.last.load(Ordering::Acquire))
    }

    fn is_due(&self, now: i64) -> bool {
        let since = now.saturating_sub(self.marked.load(Ordering::Acquire));
        since >= i64::try_from(MARK_EVERY.as_millis()).unwrap_or(i64::MAX)
    }

    /// Writes the progress of the clock, within the open transaction, when it is due. Returns the time to
    /// [note](Self::note) once that is on the disk.
    pub(super) fn write(
        &self,
        connection: &Connection,
        now: Timestamp,
    ) -> rusqlite::Result<Option<Timestamp>> {
        if self.own.is_driven() || !self.is_due(now.as_millis()) {
            return Ok(None);
        }
        connection.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS {TABLE} (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT"
        ))?;
        // Another process may be further ahead.
        let sql = format!(
            "INSERT INTO {TABLE} (id, at) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at)"
        );
        connection.prepare_cached(&sql)?.execute([now.as_millis()])?;
        Ok(Some(now))
    }

    /// The written time is on the disk.
    pub(super) fn note(&self, written: Timestamp) {
        self.marked.fetch_max(written.as_millis(), Ordering::AcqRel);
    }

    fn catch_up(&self, machine: i64) -> i64 {
        let mut held = self.held.lock();
        let at = self.own.monotonic();
        let said = self.last.load(Ordering::Acquire);
        let begun = *held.get_or_insert(Held { said, at });
        let since = i64::try_from(at.saturating_sub(begun.at).as_millis()).unwrap_or(i64::MAX);
        let now = begun.said.saturating_add(since / 2);
        if machine >= now {
            *held = None;
            self.is_behind.store(false, Ordering::Release);
            return self.last.fetch_max(machine, Ordering::AcqRel).max(machine);
        }
        if !self.is_behind.swap(true, Ordering::AcqRel) {
            tracing::warn!(
                behind_ms = now.saturating_sub(machine),
                "the clock of this machine is behind the clock of the store, which runs at half speed until they agree"
            );
        }
        self.last.fetch_max(now, Ordering::AcqRel).max(now)
    }
}

/// The progress of a file's clock, as last written.
fn mark(connection: &Connection) -> rusqlite::Result<Timestamp> {
    let is_there = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    if !connection.query_row(is_there, [TABLE], |row| row.get::<_, bool>(0))? {
        return Ok(Timestamp::EPOCH);
    }
    let sql = format!("SELECT coalesce(max(at), 0) FROM {TABLE}");
    Ok(Timestamp::from_millis(connection.query_row(&sql, [], |row| row.get(0))?))
}

impl Clock for FileClock {
    fn now(&self) -> Timestamp {
        let machine = self.own.now();
        if self.own.is_driven() {
            return machine;
        }
        let machine = machine.as_millis();
        if !self.is_behind.load(Ordering::Acquire) {
            let mut last = self.last.load(Ordering::Acquire);
            // Stored at most once a millisecond: requests on every core read the time more often than that.
            if machine > last {
                last = self.last.fetch_max(machine, Ordering::AcqRel);
            }
            if machine >= last {
                return Timestamp::from_millis(machine);
            }
            if last.saturating_sub(machine) <= AT_ONCE {
                return Timestamp::from_millis(last);
            }
        }
        Timestamp::from_millis(self.catch_up(machine))
    }

    fn monotonic(&self) -> Duration {
        self.own.monotonic()
    }

    fn is_driven(&self) -> bool {
        self.own.is_driven()
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::ports::TestClock;

    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_700_000_000);
    const HOUR: i64 = 3_600_000;

    fn clock() -> (Arc<TestClock>, FileClock) {
        let own = Arc::new(TestClock::of_a_machine(START));
        let clock = FileClock::after(Timestamp::EPOCH, Arc::clone(&own) as _);
        (own, clock)
    }

    #[test]
    fn the_clock_follows_the_machine_forward() {
        let (own, clock) = clock();
        for (advance, set) in [(0, 0), (5, 0), (0, HOUR), (3, 24 * HOUR)] {
            own.advance(Duration::from_secs(advance));
            own.set(set);
            assert_eq!(clock.now(), own.now());
            assert_eq!(clock.reading().difference, 0);
        }
    }

    #[test]
    fn the_clock_never_goes_back_and_agrees_after_twice_the_difference() {
        let (own, clock) = clock();
        own.set(HOUR);
        let ahead = clock.now();
        own.set(-HOUR);
        assert_eq!((clock.now(), clock.reading().difference), (ahead, HOUR));
        own.advance(Duration::from_hours(1));
        assert_eq!(clock.now(), ahead.plus(Duration::from_mins(30)));
        assert_eq!(clock.reading().difference, HOUR / 2);
        // Set back again, while it still makes up for the first time.
        own.set(-HOUR);
        assert_eq!(clock.now(), ahead.plus(Duration::from_mins(30)));
        own.set(HOUR);
        own.advance(Duration::from_hours(1));
        assert_eq!((clock.now(), clock.reading().difference), (own.now(), 0));
        own.advance(Duration::from_mins(1));
        assert_eq!(clock.now(), own.now(), "and goes on as the machine's");
    }

    #[test]
    fn the_clock_does_not_go_back_between_runs_or_processes() {
        let folder = tempfile::tempdir().unwrap();
        let connection = super::super::open::writer(&folder.path().join("a.db")).unwrap();
        let own = Arc::new(TestClock::of_a_machine(START));
        let open = || FileClock::of(&connection, Arc::clone(&own) as _).unwrap();
        let commit = |clock: &FileClock| {
            let now = clock.now();
            if let Some(written) = clock.write(&connection, now).unwrap() {
                clock.note(written);
            }
            now
        };
        let first = open();
        own.set(HOUR);
        let ahead = commit(&first);
        own.set(-HOUR);
        let second = open();
        assert!(second.now() <= ahead && second.now().plus(MARK_EVERY) > ahead);
        own.advance(Duration::from_mins(2));
        assert!(second.wants_mark(), "another process cannot know otherwise");
        let later = commit(&second);
        assert!(!second.wants_mark());
        assert!(open().now().plus(MARK_EVERY) > later, "what the second wrote counts");
        own.advance(Duration::from_hours(3));
        assert_eq!(open().now(), own.now());
    }

    #[test]
    fn concurrent_threads_never_see_the_clock_go_back() {
        let clock =
            Arc::new(FileClock::after(Timestamp::EPOCH, Arc::new(palisade_core::ports::SystemClock::new())));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let clock = Arc::clone(&clock);
                std::thread::spawn(move || {
                    let mut last = clock.now();
                    for _ in 0..20_000 {
                        let now = clock.now();
                        assert!(now >= last);
                        last = now;
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(clock.reading().difference, 0);
    }
}
