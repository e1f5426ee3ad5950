//! Starting: waits for a database that is not up yet, and obeys signals meanwhile.

use std::time::Duration;

use palisade_core::ports::Clock;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::context::Failure;

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// When the first message about waiting comes, and how often after that.
const FIRST_WORD: Duration = Duration::from_secs(1);
const WORDS: Duration = Duration::from_secs(10);

/// SIGXFSZ, which has this number on most systems.
const FILE_SIZE: i32 = 25;

/// SIGTERM and SIGINT. Listened to from the beginning: process 1 of a container ignores signals without a listener.
#[derive(Debug)]
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
    /// The signal itself is ignored: with a listener, a file that may not grow is an error of its write, like a
    /// full disk, and not the end of the process.
    _file_size: Signal,
}

impl Stop {
    /// Listens from now on.
    pub(super) fn listen() -> Result<Self, Failure> {
        let listen = |kind, name| signal(kind).map_err(|error| format!("listening for {name}: {error}"));
        Ok(Self {
            terminate: listen(SignalKind::terminate(), "SIGTERM")?,
            interrupt: listen(SignalKind::interrupt(), "SIGINT")?,
            _file_size: listen(SignalKind::from_raw(FILE_SIZE), "SIGXFSZ")?,
        })
    }

    /// Resolves on a signal to stop.
    pub(crate) async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Why an attempt failed.
#[derive(Debug)]
pub(super) struct Setback {
    /// Whether a later attempt may succeed.
    pub may_pass: bool,
    /// The error, for the operator.
    pub said: String,
}

/// Tries until it succeeds, until an error does not pass by waiting, or until `patience` is over. A running attempt
/// is never cancelled: it may be creating an index. Logs what it waits for, soon and then every ten seconds.
pub(super) async fn wait_for<T>(
    what: &str,
    patience: Duration,
    clock: &dyn Clock,
    mut attempt: impl AsyncFnMut() -> Result<T, Setback>,
) -> Result<T, Failure> {
    let begun = clock.monotonic();
    let mut next_word = FIRST_WORD;
    let mut seen = "no answer yet".to_owned();
    loop {
        let tried = {
            let tried = attempt();
            tokio::pin!(tried);
            loop {
                let until = next_word.saturating_sub(clock.monotonic().saturating_sub(begun));
                tokio::select! {
                    tried = &mut tried => break tried,
                    () = tokio::time::sleep(until) => {}
                }
                let seconds = clock.monotonic().saturating_sub(begun).as_secs();
                tracing::warn!(seconds, seen, "waiting for {what}");
                next_word = clock.monotonic().saturating_sub(begun).saturating_add(WORDS);
            }
        };
        seen = match tried {
            Ok(done) => return Ok(done),
            Err(Setback { may_pass: false, said }) => return Err(said.into()),
            Err(Setback { said, .. }) => said,
        };
        let waited = clock.monotonic().saturating_sub(begun);
        let left = patience.saturating_sub(waited);
        if left.is_zero() {
            let (waited, patience) = (waited.as_secs(), patience.as_secs());
            return Err(
                format!("{seen} (waited {waited} s for {what}; START_TIMEOUT is {patience} s)").into()
            );
        }
        tokio::time::sleep(PAUSE.min(left)).await;
    }
}
