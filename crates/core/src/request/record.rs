//! The data of a request that outlive its route.

use std::sync::Arc;

use parking_lot::Mutex;

use super::accept::Wanted;
use super::phase::Phase;

/// The data of a request that outlive its route: for the access log, and for the format of an error. Clones share
/// it: the server keeps one outside the route, so that a request whose handler panicked or ran out of time is
/// logged and answered like any other.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccessRecord(pub(super) Arc<Mutex<Recorded>>);

/// The data known so far.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) phase: Phase,
    pub(crate) route: Option<Arc<str>>,
    /// Whether the request may be for a page: any request that leads nowhere may be.
    pub(crate) is_shown: bool,
    pub(super) wanted: Wanted,
    pub(crate) user: Option<Arc<str>>,
    pub(crate) code: Option<&'static str>,
}

impl Default for Recorded {
    fn default() -> Self {
        Self {
            phase: Phase::Arrival,
            route: None,
            is_shown: true,
            wanted: Wanted::Anything,
            user: None,
            code: None,
        }
    }
}

impl AccessRecord {
    /// The current data.
    pub(crate) fn read(&self) -> Recorded {
        self.0.lock().clone()
    }
}
