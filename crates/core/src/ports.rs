//! Ports: what core needs from the outside and does not build itself. Tests and `lib` put their own in.
//!
//! Nothing domain-shaped may enter: a port speaks of time, chance, tokens and quotas, never of people.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::errors::AppError;
use crate::identity::Principal;
use crate::limits::{Charge, Decision, LimitStoreError};
use crate::utils::time::Timestamp;

/// A boxed future, the price of a trait object with an asynchronous method.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

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

/// Gives random bytes from a cryptographically secure source.
pub trait Rng: Send + Sync + fmt::Debug {
    /// Fills the buffer. Cannot fail: a system without randomness must not run this program.
    fn fill(&self, bytes: &mut [u8]);
}

/// Tells whose access token it is. Built so that it cannot query: [`verify`](Self::verify) is not asynchronous.
pub trait Authenticator: Send + Sync + fmt::Debug {
    /// When what is known about revocations is too old to trust: reads what was missed. `None` when all is fresh.
    fn catch_up(&self) -> Option<Pending<'_, Result<(), AppError>>>;

    /// Verifies a token: signature, lifetime, revocation, withdrawn keys. From memory alone.
    ///
    /// # Errors
    /// Why the token does not hold; for the log only, the caller is told the same for all.
    fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, TokenRefused>;

    /// Reads role, version and status of a super-admin from the store, and gives the principal as it is now.
    fn confirm(&self, principal: Principal) -> Pending<'_, Result<Principal, AppError>>;

    /// The device a cookie names, when it is one that is known to this account today: what ends the sessions of an
    /// account ends what its cookies were worth. That is in the store, which is read for a cookie that names a device of
    /// this account and for nothing else.
    ///
    /// # Errors
    /// 503 when the store cannot be read: then nobody can sign in, and nothing is to be charged for trying.
    fn known_device<'a>(
        &'a self,
        cookie: &'a str,
        account: &'a str,
        now: Timestamp,
    ) -> Pending<'a, Result<Option<KnownDevice>, AppError>>;
}

/// A device that is known to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its id.
    pub id: String,
    /// How often it has come back to sign in: what fails in a row fails since the last time.
    pub sign_ins: i64,
}

/// Why a token does not hold.
#[derive(Debug, thiserror::Error)]
#[error("the access token was refused: {0}")]
pub struct TokenRefused(pub Cow<'static, str>);

/// A dependency that can be asked how it is.
pub trait Probe: Send + Sync + fmt::Debug {
    /// Whether the server cannot do its work without it: then it is down with it, else degraded.
    fn is_vital(&self) -> bool {
        true
    }

    /// How far its clock is ahead of this machine's, in milliseconds (negative: behind), where that is what is watched.
    fn clock_difference(&self) -> Option<i64> {
        None
    }

    /// Whether requests met trouble with it since it was last asked: what was seen then is not true any more.
    fn saw_trouble(&self) -> bool {
        false
    }

    /// Asks. The error is for the log; the caller learns only that it is down.
    fn probe(&self) -> Pending<'_, Result<(), String>>;
}

/// Counts requests against quotas: a true sliding window, on the store's own clock.
///
/// Of the limit and the window of each quota, every implementation promises: in any window of that length no more units
/// pass than the limit, across all instances that share the store. Refused charges cost nothing.
pub trait LimitStore: Send + Sync + fmt::Debug {
    /// Checks all charges and, when all pass, charges all: one atomic step. When one is refused, none is charged.
    /// All of one call count the same [group](crate::limits::Subject::group): a store that is spread over several
    /// machines can decide atomically about those only.
    ///
    /// Nothing is charged before the future is first polled.
    ///
    /// # Errors
    /// When the store cannot decide. The charges may then have been made or not.
    fn take<'a>(&'a self, charges: &'a [Charge]) -> Pending<'a, Result<Decision, LimitStoreError>>;

    /// Gives back what a decision of this store has charged, or some of its charges: each exactly once, as far as it still
    /// counts, and never more than was charged. For requests that did not do what is counted.
    ///
    /// Called at most once for a charge, and not again when it fails: what may have been given back already stays charged
    /// rather than being given back twice.
    ///
    /// # Errors
    /// When the store cannot be asked. What was charged may then stay so.
    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> Pending<'a, Result<(), LimitStoreError>>;

    /// Looks whether the store still has all that was counted, beside the requests and about once a second; and keeps
    /// connections in use. A store that cannot lose counters by itself has nothing to say.
    ///
    /// # Errors
    /// [`Forgot`](LimitStoreError::Forgot), once for each loss; and when the store cannot be asked.
    fn look_after(&self) -> Pending<'_, Result<(), LimitStoreError>> {
        Box::pin(async { Ok(()) })
    }

    /// [`take`](Self::take), for a store that decides without waiting; `None` (and nothing charged) from all others.
    fn take_now(&self, charges: &[Charge]) -> Option<Decision> {
        let _ = charges;
        None
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

/// The operating system's randomness, through the cryptography provider.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRng;

impl Rng for SystemRng {
    #[expect(clippy::expect_used, reason = "without randomness no secret can be made: stop at once")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives no randomness");
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
