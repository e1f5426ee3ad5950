//! Shutdown, as connections see it: announced once, and bounded from that moment on.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How long the server still listens, and how long an open connection may take to begin a request. Requests that
/// were written before the signal have arrived by then.
pub(crate) const GRACE: Duration = Duration::from_millis(100);

/// How long after the signal a client may still send the rest of a head or a body, or read the rest of an answer: a
/// slow client does not delay the shutdown. A request that is complete may take as long as any other.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// The state of the shutdown.
#[derive(Debug, Default)]
pub(crate) struct Drain {
    since: OnceLock<Instant>,
    begun: watch::Sender<()>,
}

impl Drain {
    /// Begins the shutdown.
    pub(crate) fn begin(&self) {
        // Set before the notification, so that a late subscriber sees it.
        self.since.get_or_init(now);
        self.begun.send_replace(());
    }

    /// When it began, if it did.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.since.get().copied()
    }

    pub(crate) fn is_on(&self) -> bool {
        self.since.get().is_some()
    }

    /// A receiver that is notified when it begins.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.begun.subscribe()
    }
}

/// The current time on the clock of tokio's timers.
#[expect(
    clippy::disallowed_methods,
    reason = "the timeouts of connections run on the clock of tokio's timers"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
