//! The worker: takes due mails, several at once, and hands the mails in hand back when it stops.
//!
//! A worker takes a mail by moving its `due_at` ahead of the clock, by compare-and-swap: only one of several
//! workers succeeds. During the work it keeps moving `due_at`, so the work may take as long as a mail server may;
//! if the worker dies, the mail becomes due within minutes. So a mail is delivered at least once. A second copy is
//! possible only if a worker ends between delivering and recording it; the copy has the same Message-ID.

use std::collections::{HashSet, VecDeque};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use palisade_core::ports::Rng;
use palisade_lib::store::{StoreError, Stored};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::delivery::{self, Inner, Outcome};
use super::render::RenderEmail;
use super::repository::Repository;
use super::schema::{Mail, MailId, MailState};
use super::sealing::OutboxSeal;
use super::transport::Transport;

/// How often a worker looks without being woken: for intents of other processes and mails that are due again.
const POLL: Duration = Duration::from_secs(1);
/// How long the mails in hand may continue when the worker stops. A mail server may take ten minutes to answer; the
/// end of a process cannot wait for that. Unfinished mails are handed back and sent at the next start.
const FINISHING: Duration = Duration::from_secs(3);
/// How long handing back may take.
const HANDING_BACK: Duration = Duration::from_secs(2);

/// The counts of mails in a process since it started.
#[derive(Debug, Default)]
pub(super) struct Tally {
    sent: AtomicU64,
    dropped: AtomicU64,
    postponed: AtomicU64,
    held: AtomicU64,
    failed: AtomicU64,
}

impl Tally {
    fn count(&self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Sent => &self.sent,
            Outcome::Dropped => &self.dropped,
            Outcome::Postponed => &self.postponed,
            Outcome::Held => &self.held,
            Outcome::Failed => &self.failed,
            Outcome::Elsewhere | Outcome::InLine | Outcome::HandedBack => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Sent, dropped, postponed, held, failed.
    pub(super) fn read(&self) -> [u64; 5] {
        [&self.sent, &self.dropped, &self.postponed, &self.held, &self.failed]
            .map(|counter| counter.load(Ordering::Relaxed))
    }
}

/// Works on the outbox. Clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    inner: Arc<Inner>,
    wake: Arc<Notify>,
    tally: Arc<Tally>,
    /// The maximum number of mails in hand.
    at_once: NonZeroUsize,
}

/// The parts that a worker shares with its service.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) repository: Repository,
    pub(super) seal: OutboxSeal,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) wake: Arc<Notify>,
    pub(super) tally: Arc<Tally>,
}

impl Worker {
    pub(super) fn new(
        shared: Shared,
        renderer: Arc<dyn RenderEmail>,
        transport: Transport,
        at_once: NonZeroUsize,
    ) -> Self {
        let Shared { repository, seal, rng, wake, tally } = shared;
        let (cut, _) = watch::channel(false);
        let heartbeat = delivery::HEARTBEAT;
        let inner =
            Inner { repository, seal, rng, renderer, transport, cut, heartbeat, wake: Arc::clone(&wake) };
        Self { inner: Arc::new(inner), wake, tally, at_once }
    }

    /// The same, with this interval between heartbeats.
    #[cfg(test)]
    pub(super) fn with_heartbeat(mut self, heartbeat: Duration) -> Self {
        Arc::get_mut(&mut self.inner).expect("it has just been made").heartbeat = heartbeat;
        self
    }

    /// Works until `stop` resolves. Mails in hand may then continue for a moment; unfinished mails are handed back.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut hands = Hands::default();
        let mut due = VecDeque::new();
        // Once per outage, not once a second.
        let mut blind = false;
        // After a failure of the store, wait before the next read.
        let mut pausing = false;
        loop {
            if due.is_empty() && !pausing && hands.held() < self.at_once.get() {
                match self.due_mails().await {
                    Ok(found) => (due, blind) = (found, false),
                    Err(error) => {
                        pausing = true;
                        if !std::mem::replace(&mut blind, true) {
                            let reason = delivery::without_addresses(&error.to_string());
                            tracing::warn!(reason, "the outbox cannot be read");
                        }
                    }
                }
                due.retain(|mail| !hands.has(mail.id()));
            }
            while hands.held() < self.at_once.get()
                && let Some(mail) = due.pop_front()
            {
                hands.take(self.clone(), mail);
            }
            tokio::select! {
                biased;
                () = &mut stop => break,
                done = hands.next() => pausing |= done.is_none(),
                () = self.wake.notified() => pausing = false,
                () = tokio::time::sleep(POLL) => pausing = false,
            }
        }
        self.finish(hands).await;
    }

    /// Works until nothing is due, or until `stop` resolves: for a process that has no worker. Returns whether mails
    /// are left that are due.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be read or a result cannot be recorded. Mails in hand may then continue
    /// for a moment, as at the end of [`run`](Self::run).
    pub(crate) async fn drain(&self, stop: impl Future<Output = ()>) -> Result<bool, StoreError> {
        let mut stop = pin!(stop);
        let mut hands = Hands::default();
        let mut due = VecDeque::new();
        let outcome = loop {
            if due.is_empty() && hands.held() < self.at_once.get() {
                match self.due_mails().await {
                    Ok(found) => due = found,
                    Err(error) => break Err(error),
                }
                due.retain(|mail| !hands.has(mail.id()));
                if due.is_empty() && hands.held() == 0 {
                    return Ok(false);
                }
            }
            while hands.held() < self.at_once.get()
                && let Some(mail) = due.pop_front()
            {
                hands.take(self.clone(), mail);
            }
            tokio::select! {
                biased;
                () = &mut stop => break Ok(true),
                // A result that could not be recorded is in the log; the next look tells whether the store is down.
                _ = hands.next() => {}
            }
        };
        self.finish(hands).await;
        outcome
    }

    async fn finish(&self, mut hands: Hands) {
        let all = async {
            while hands.held() > 0 {
                hands.next().await;
            }
        };
        if tokio::time::timeout(FINISHING, all).await.is_ok() {
            return;
        }
        self.inner.cut.send_replace(true);
        let all = async {
            while hands.held() > 0 {
                hands.next().await;
            }
        };
        if tokio::time::timeout(HANDING_BACK, all).await.is_err() {
            tracing::warn!(
                mails = hands.held(),
                "mails could not be handed back: they become due again in a few minutes"
            );
        }
    }

    /// The due mails: a page of messages to deliver and a page of intents, alternating, so that neither blocks the
    /// other.
    pub(super) async fn due_mails(&self) -> Result<VecDeque<Stored<Mail>>, StoreError> {
        let mut messages = VecDeque::from(self.inner.repository.due(MailState::Composed).await?);
        let mut intents = VecDeque::from(self.inner.repository.due(MailState::Intended).await?);
        let mut due = VecDeque::with_capacity(messages.len() + intents.len());
        while !(messages.is_empty() && intents.is_empty()) {
            due.extend(messages.pop_front());
            due.extend(intents.pop_front());
        }
        Ok(due)
    }

    /// Processes a mail as far as possible. In a task of its own, so that a panic in a renderer affects no other
    /// mail; dropping the future aborts it. `None` if the result could not be recorded.
    pub(super) async fn process(&self, due: Stored<Mail>) -> Option<Outcome> {
        let (id, purpose, attempt) = (*due.id(), due.value().purpose.clone(), due.value().attempts + 1);
        let inner = Arc::clone(&self.inner);
        let mut task = JoinSet::new();
        task.spawn(async move { inner.process(&due).await });
        let outcome = match task.join_next().await {
            Some(Ok(Ok(outcome))) => outcome,
            Some(Ok(Err(error))) => {
                let reason = delivery::without_addresses(&error.to_string());
                tracing::warn!(mail = %id, purpose, attempt, reason, "the store failed while a mail was in hand");
                return None;
            }
            Some(Err(_)) | None => {
                tracing::error!(mail = %id, purpose, attempt, "rendering or delivering a mail panicked");
                return None;
            }
        };
        self.tally.count(outcome);
        if matches!(outcome, Outcome::Sent | Outcome::Dropped | Outcome::HandedBack) {
            tracing::info!(mail = %id, purpose, attempt, outcome = ?outcome, "mail");
        }
        Some(outcome)
    }
}

/// The mails in hand. Dropping it aborts them.
#[derive(Default)]
struct Hands {
    tasks: JoinSet<(MailId, Option<Outcome>)>,
    mails: HashSet<MailId>,
}

impl Hands {
    fn held(&self) -> usize {
        self.tasks.len()
    }

    fn has(&self, id: &MailId) -> bool {
        self.mails.contains(id)
    }

    fn take(&mut self, worker: Worker, mail: Stored<Mail>) {
        let id = *mail.id();
        self.mails.insert(id);
        self.tasks.spawn(async move { (id, worker.process(mail).await) });
    }

    /// Waits until one of them is done; forever if there is none.
    async fn next(&mut self) -> Option<Outcome> {
        match self.tasks.join_next().await {
            Some(Ok((id, outcome))) => {
                self.mails.remove(&id);
                outcome
            }
            Some(Err(_)) => {
                // Which mail it was is unknown; a mail that is taken twice is processed once.
                self.mails.clear();
                None
            }
            None => std::future::pending().await,
        }
    }
}
