//! The clock: the one source of time.

use std::fmt;
use std::time::Duration;

use super::time::Timestamp;

/// Tells the time. The only source of it: the ambient ones are banned by clippy.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Wall-clock time. May jump when the machine's clock is set.
    fn now(&self) -> Timestamp;

    /// Time since some fixed start. Never goes backwards; means nothing outside this process.
    fn monotonic(&self) -> Duration;

    /// Whether somebody drives this clock, as a test does. Then it is right by definition; a machine's clock is only as
    /// right as the machine, and what several machines share goes by a clock they share.
    fn is_driven(&self) -> bool {
        false
    }
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the one clock everything else is given")]
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock everything else is given")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::EPOCH.plus(since)
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that stands still until it is told to move.
#[cfg(any(test, feature = "test-clock"))]
#[derive(Debug)]
pub struct TestClock {
    millis: std::sync::atomic::AtomicI64,
    start: i64,
    /// How far somebody has set the wall clock, in milliseconds: monotonic time knows nothing of it.
    set_by: std::sync::atomic::AtomicI64,
    is_driven: bool,
}

#[cfg(any(test, feature = "test-clock"))]
impl TestClock {
    /// Stands at the given moment.
    pub fn at(start: Timestamp) -> Self {
        let start = start.as_millis();
        let set_by = std::sync::atomic::AtomicI64::new(0);
        Self { millis: std::sync::atomic::AtomicI64::new(start), start, set_by, is_driven: true }
    }

    /// Stands at the given moment as the clock of a machine, which may be wrong: what corrects such a clock corrects
    /// this one too.
    pub fn of_a_machine(start: Timestamp) -> Self {
        Self { is_driven: false, ..Self::at(start) }
    }

    /// Sets the wall clock ahead by so many milliseconds, or back; no time passes.
    pub fn set(&self, by: i64) {
        self.set_by.fetch_add(by, std::sync::atomic::Ordering::SeqCst);
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.millis.fetch_add(by, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(any(test, feature = "test-clock"))]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let set_by = self.set_by.load(std::sync::atomic::Ordering::SeqCst);
        Timestamp::from_millis(self.millis.load(std::sync::atomic::Ordering::SeqCst).saturating_add(set_by))
    }

    fn monotonic(&self) -> Duration {
        let passed = self.millis.load(std::sync::atomic::Ordering::SeqCst) - self.start;
        Duration::from_millis(u64::try_from(passed).unwrap_or(0))
    }

    fn is_driven(&self) -> bool {
        self.is_driven
    }
}

#[cfg(all(feature = "test-clock", not(debug_assertions)))]
compile_error!("the feature `test-clock` lets a caller set the time; it must not be in a release build");
