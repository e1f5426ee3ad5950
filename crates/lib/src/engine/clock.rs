//! How clocks stand to each other.

use std::time::Duration;

/// How the clock of a store stands to that of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// What the store's clock says more than this machine's, in milliseconds; negative when it is behind.
    pub difference: i64,
    /// How wrong that may be.
    pub uncertainty: Duration,
    /// Whether the clock is a server's, which every instance goes by. Otherwise it is this machine's own, held back from
    /// going backwards.
    pub is_shared: bool,
}

impl ClockReading {
    /// By how much they differ at least, in either direction.
    pub fn apart(&self) -> Duration {
        Duration::from_millis(self.difference.unsigned_abs()).saturating_sub(self.uncertainty)
    }
}
