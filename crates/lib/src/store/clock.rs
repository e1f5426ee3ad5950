//! The clock of a store. It dates and ends everything that is kept, on every instance; so it is the clock for all
//! code that works with stored times.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::ports::Clock;

use super::handle::Store;
use crate::engine::{ClockReading, StoreError};

impl Store {
    /// The clock that dates and ends everything that is kept here.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.inner.engine.clock()
    }

    /// How long after its time a document is listed among the [settled](super::Collection::settled) ones.
    pub fn settles_after(&self) -> Duration {
        self.inner.engine.settles_after()
    }

    /// The difference between that clock and this machine's.
    pub fn clock_reading(&self) -> ClockReading {
        self.inner.engine.clock_reading()
    }

    /// Whether this machine's clock was set, or it slept, since the store's time was last read: then the
    /// [`clock`](Self::clock) may be wrong until the next read of a [`Tail`](super::Tail).
    pub fn clock_jumped(&self) -> bool {
        self.inner.engine.clock_jumped()
    }

    /// Reads the time in the store.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn refresh_clock(&self) -> Result<(), StoreError> {
        self.inner.engine.refresh_clock().await
    }
}
