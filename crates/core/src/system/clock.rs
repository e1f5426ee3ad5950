//! The clock: the one source of time.

use std::fmt;
use std::time::Duration;

use super::time::Timestamp;

/// Tells the time. The only source of it: clippy bans the ambient ones.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Wall-clock time. May jump when the machine's clock is set.
    fn now(&self) -> Timestamp;

    /// Time since some fixed start. Never goes backwards; means nothing outside this process.
    fn monotonic(&self) -> Duration;

    /// Whether a test drives this clock. Then it is right by definition. A machine's clock is only as right as the
    /// machine, and state that several machines share uses a clock that they share.
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
    #[expect(clippy::disallowed_methods, reason = "this is the one clock that all other code gets")]
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
    #[expect(clippy::disallowed_methods, reason = "this is the one clock that all other code gets")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::EPOCH.plus(since)
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that stands still until a test moves it.
#[cfg(any(test, feature = "test-clock"))]
#[derive(Debug)]
pub struct TestClock {
    millis: std::sync::atomic::AtomicI64,
    start: i64,
    /// How far the test has set the wall clock, in milliseconds: monotonic time is not affected.
    set_by: std::sync::atomic::AtomicI64,
    is_driven: bool,
}

#[cfg(any(test, feature = "test-clock"))]
impl TestClock {
    /// A clock at the given time.
    pub fn at(start: Timestamp) -> Self {
        let start = start.as_millis();
        let set_by = std::sync::atomic::AtomicI64::new(0);
        Self { millis: std::sync::atomic::AtomicI64::new(start), start, set_by, is_driven: true }
    }

    /// A clock at the given time, as a machine's clock, which may be wrong: corrections of such a clock apply to
    /// this one too.
    pub fn of_a_machine(start: Timestamp) -> Self {
        Self { is_driven: false, ..Self::at(start) }
    }

    /// Sets the wall clock ahead by this many milliseconds, or back; no time passes.
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
