//! How long a job may go on.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::ports::Clock;

/// A moment after which a job begins no further step.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    clock: Arc<dyn Clock>,
    /// Monotonic; `None` for work that nobody waits for.
    at: Option<Duration>,
}

impl Deadline {
    pub(super) fn after(clock: &Arc<dyn Clock>, budget: Duration) -> Self {
        Self { clock: Arc::clone(clock), at: Some(clock.monotonic().saturating_add(budget)) }
    }

    pub(super) fn never(clock: &Arc<dyn Clock>) -> Self {
        Self { clock: Arc::clone(clock), at: None }
    }

    /// The time until then.
    pub(super) fn left(&self) -> Option<Duration> {
        self.at.map(|at| at.saturating_sub(self.clock.monotonic()))
    }

    pub(super) fn is_over(&self) -> bool {
        self.at.is_some_and(|at| self.clock.monotonic() >= at)
    }

    /// Resolves when it is over.
    pub(super) async fn over(self) {
        match self.at {
            Some(at) => tokio::time::sleep(at.saturating_sub(self.clock.monotonic())).await,
            None => std::future::pending().await,
        }
    }
}
