//! The clock of a store. What is kept is dated by it and judged by it, whichever instance asks; so it is the one clock
//! that whoever works with kept moments is given.

use std::sync::Arc;

use palisade_core::ports::Clock;

use super::handle::Store;
use crate::engine::{ClockReading, StoreError};

impl Store {
    /// The clock that dates and judges what is kept here.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.inner.engine.clock()
    }

    /// How that clock stands to this machine's.
    pub fn clock_reading(&self) -> ClockReading {
        self.inner.engine.clock_reading()
    }

    /// Whether this machine's clock was set, or it slept, since the store's time was last asked for: then what the
    /// [`clock`](Self::clock) says may be wrong until the next read of a [`Tail`](super::Tail).
    pub fn clock_jumped(&self) -> bool {
        self.inner.engine.clock_jumped()
    }

    /// Looks what time it is in the store.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn refresh_clock(&self) -> Result<(), StoreError> {
        self.inner.engine.refresh_clock().await
    }
}
