//! The allowed difference between this machine's clock and the store's.
//!
//! The store's clock dates and ends everything that is kept, on every instance; so a difference does no harm here.
//! It harms other programs that use times: a front end that verifies access tokens by the published keys and its
//! own clock would accept an expired token, or reject a new one as not valid yet. So the difference is shown.
//! Beyond a bound the clock is more likely wrong than slow, and the server issues no wrong times.

use std::fmt;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::ports::{BoxFuture, Probe};
use palisade_lib::store::{ClockReading, Store};
use thiserror::Error;

/// Synchronized clocks are within a second; at this difference one of them is not synchronized.
const NOTICED: Duration = Duration::from_secs(30);

/// The maximum difference between a server's clock and this machine's. More than a usual skew (five minutes, as in
/// RFC 4120) and than the life of most tokens; everything that is kept outlives two clocks that are this far off in
/// opposite directions.
pub(crate) const BOUND: Duration = Duration::from_mins(15);

/// How far an embedded store's clock may be ahead of this machine's at the start. It takes twice that time to meet
/// it.
const OWN_BOUND: Duration = Duration::from_hours(24);

/// Once the clocks are corrected, the next read of the store notices it.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The difference between the clock of the store and that of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockState {
    /// How far the store's clock is ahead of this machine's, in milliseconds; negative when it is behind.
    pub difference_ms: i64,
    /// The possible error of that, in milliseconds.
    pub uncertainty_ms: u64,
    /// Whether they are so far apart that nobody can sign in.
    pub refused: bool,
}

impl From<ClockReading> for ClockState {
    fn from(reading: ClockReading) -> Self {
        Self {
            difference_ms: reading.difference,
            uncertainty_ms: u64::try_from(reading.uncertainty.as_millis()).unwrap_or(u64::MAX),
            refused: too_far_to_serve(&reading),
        }
    }
}

/// The clocks are too far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub struct ClocksApart(ClockReading);

impl fmt::Display for ClocksApart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(reading) = self;
        let by = Words(Duration::from_millis(reading.difference.unsigned_abs()));
        let towards = if reading.difference < 0 { "behind" } else { "ahead of" };
        if reading.is_shared {
            write!(
                f,
                "the clock of the database server is {by} {towards} that of this machine; the limit is {}: correct the \
                 wrong one, and keep both synchronized",
                Words(BOUND)
            )
        } else {
            write!(
                f,
                "the last write to this store is {by} {towards} the clock of this machine; the limit is {}: correct the \
                 clock; if it was wrong at that write, see \"A clock that was wrong\" in \
                 docs/operations.md",
                Words(OWN_BOUND)
            )
        }
    }
}

/// A duration as people write it.
struct Words(Duration);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0.as_secs();
        match secs {
            0..120 => write!(f, "{secs} seconds"),
            120..7200 => write!(f, "{} minutes", secs / 60),
            7200..172_800 => write!(f, "{} hours", secs / 3600),
            _ => write!(f, "{} days", secs / 86_400),
        }
    }
}

/// While it runs an embedded store is right by itself, whatever happens to the machine's clock.
fn too_far_to_serve(reading: &ClockReading) -> bool {
    reading.is_shared && reading.apart() > BOUND
}

/// Whether a server may start with these clocks.
///
/// # Errors
/// [`ClocksApart`], with the remedy for an operator.
pub(crate) fn check_start(reading: ClockReading) -> Result<(), ClocksApart> {
    let bound = if reading.is_shared { BOUND } else { OWN_BOUND };
    if reading.apart() > bound { Err(ClocksApart(reading)) } else { Ok(()) }
}

/// Whether these clocks allow signing in and authenticating tokens.
///
/// # Errors
/// 503 when they are too far apart.
pub(crate) fn check(reading: ClockReading) -> Result<(), AppError> {
    if too_far_to_serve(&reading) {
        return Err(AppError::unavailable(RETRY_AFTER, ClocksApart(reading).to_string()));
    }
    Ok(())
}

/// Shows the difference in health.
#[derive(Debug)]
pub(crate) struct ClockProbe(pub(crate) Store);

impl Probe for ClockProbe {
    fn is_vital(&self) -> bool {
        too_far_to_serve(&self.0.clock_reading())
    }

    fn clock_difference(&self) -> Option<i64> {
        Some(self.0.clock_reading().difference)
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let reading = self.0.clock_reading();
            if reading.apart() > NOTICED { Err(ClocksApart(reading).to_string()) } else { Ok(()) }
        })
    }
}
