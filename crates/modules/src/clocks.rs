//! How far this machine's clock may be from the store's.
//!
//! Whatever is kept is dated and judged by the store's clock, on every instance; so a difference harms nothing here. It
//! harms whoever else looks at a moment: a front end that verifies access tokens by the published keys and its own clock
//! takes an old token for a living one, or a new one for one of the future. So the difference is shown, and past a bound
//! the clock is more likely wrong than late, and nobody is told a time that is not true.

use std::fmt;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::ports::{Pending, Probe};
use palisade_lib::store::{ClockReading, Store};
use thiserror::Error;

/// Clocks that are synchronized at all are within a second; by this much one of them is not.
const NOTICED: Duration = Duration::from_secs(30);

/// The most a server's clock may be from this machine's. More than what is called a skew (five minutes, as in RFC 4120)
/// and than most tokens live; what is kept outlives two clocks that are as far off, in opposite directions.
pub(crate) const BOUND: Duration = Duration::from_mins(15);

/// The most an embedded store's clock may be ahead of this machine's at the start. It makes up for it in twice the time.
const OWN_BOUND: Duration = Duration::from_hours(24);

/// Once the clocks are set right, it is seen by the next look at the store.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How the clock of the store stands to that of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockState {
    /// What the store's clock says more than this machine's, in milliseconds; negative when it is behind.
    pub difference_ms: i64,
    /// How wrong that may be, in milliseconds.
    pub uncertainty_ms: u64,
    /// Whether they are so far apart that nobody is signed in by them.
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
                "the clock of the database server is {by} {towards} that of this machine, and may be {} at most: set the \
                 one that is wrong, and keep both synchronized",
                Words(BOUND)
            )
        } else {
            write!(
                f,
                "the last write to this store is {by} {towards} what the clock of this machine says, and may be {} at \
                 most: set the clock right; when it was wrong at that write, see \"A clock that was wrong\" in \
                 docs/operations.md",
                Words(OWN_BOUND)
            )
        }
    }
}

/// A duration as a person says it.
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

/// While it runs an embedded store is right by itself, whatever becomes of the machine's clock.
fn too_far_to_serve(reading: &ClockReading) -> bool {
    reading.is_shared && reading.apart() > BOUND
}

/// Whether a server may start by these clocks.
///
/// # Errors
/// [`ClocksApart`], in words an operator can act on.
pub(crate) fn check_start(reading: ClockReading) -> Result<(), ClocksApart> {
    let bound = if reading.is_shared { BOUND } else { OWN_BOUND };
    if reading.apart() > bound { Err(ClocksApart(reading)) } else { Ok(()) }
}

/// Whether somebody may be signed in, or be known by a token, by these clocks.
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

    fn probe(&self) -> Pending<'_, Result<(), String>> {
        Box::pin(async move {
            let reading = self.0.clock_reading();
            if reading.apart() > NOTICED { Err(ClocksApart(reading).to_string()) } else { Ok(()) }
        })
    }
}
