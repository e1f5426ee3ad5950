//! Starting: what is not up yet is waited for, and whoever tells us to stop meanwhile is obeyed.

use std::time::Duration;

use palisade_core::ports::Clock;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::context::Failure;

/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// When it is first said what is waited for, and how often after that.
const FIRST_WORD: Duration = Duration::from_secs(1);
const WORDS: Duration = Duration::from_secs(10);

/// SIGXFSZ, which most systems number so.
const FILE_SIZE: i32 = 25;

/// SIGTERM and SIGINT. Listened to from the beginning: process 1 of a container ignores what nobody listens to.
#[derive(Debug)]
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
    /// Nothing is done about it: while somebody listens, a file that may not grow is an error of its write, like a full
    /// disk, and not the end of the process.
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

    /// Resolves when told to stop.
    pub(super) async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Why a try came to nothing.
#[derive(Debug)]
pub(super) struct Setback {
    /// Whether another try may go better.
    pub may_pass: bool,
    /// What happened, in words for the operator.
    pub said: String,
}

/// Tries until it succeeds, until what is wrong does not pass by waiting, or until `patience` is over. A try that is under
/// way is never cut off: it may be making an index. Says what it waits for, soon and then every ten seconds.
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
