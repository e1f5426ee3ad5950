//! Dependencies whose health can be probed.

use std::fmt;

use futures_util::future::BoxFuture;

/// A dependency whose health can be probed.
pub trait Probe: Send + Sync + fmt::Debug {
    /// Whether the server cannot work without it: then the server is down when it is, and otherwise degraded.
    fn is_vital(&self) -> bool {
        true
    }

    /// How far its clock is ahead of this machine's, in milliseconds (negative: behind), if the probe watches a
    /// clock.
    fn clock_difference(&self) -> Option<i64> {
        None
    }

    /// Whether requests had trouble with it since the last call: an earlier result is then outdated.
    fn saw_trouble(&self) -> bool {
        false
    }

    /// Probes it. The error is for the log; the caller learns only that it is down.
    fn probe(&self) -> BoxFuture<'_, Result<(), String>>;
}
