//! The difference between clocks.

use std::time::Duration;

/// The difference between the clock of a store and that of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// How far the store's clock is ahead of this machine's, in milliseconds; negative when it is behind.
    pub difference: i64,
    /// The possible error of that.
    pub uncertainty: Duration,
    /// Whether the clock is a server's, which every instance uses. Otherwise it is this machine's own, kept from
    /// going backwards.
    pub is_shared: bool,
}

impl ClockReading {
    /// The minimum difference, in either direction.
    pub fn apart(&self) -> Duration {
        Duration::from_millis(self.difference.unsigned_abs()).saturating_sub(self.uncertainty)
    }
}
