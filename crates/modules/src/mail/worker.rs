//! The worker: takes mails that are due, composes and delivers them, and brings each to rest.
//!
//! A mail is taken by moving its `due_at` past the time the work may need, by compare-and-swap: of several workers one
//! comes through, and when that one dies the mail becomes due again. So it is delivered at least once; a second copy
//! is possible only when a worker dies between delivering and saying so, and carries the same Message-ID.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::ports::Rng;
use palisade_lib::smtp::{SEND_DEADLINE, SmtpError};
use palisade_lib::store::{BATCH_DEADLINE, Batch, StoreError, Stored};
use tokio::sync::Notify;

use super::backoff;
use super::compose::{Compose, Composed, Intent};
use super::repository::Repository;
use super::schema::{Mail, MailState};
use super::sealing::OutboxSeal;
use super::service::WAITING;
use super::transport::Transport;
use super::types::Letter;

/// How often a worker looks that nobody wakes: what another process intended, and what is due again.
const POLL: Duration = Duration::from_secs(1);
/// Composing is a few reads of the store.
const COMPOSE_DEADLINE: Duration = Duration::from_secs(30);
/// How long a taken mail is left alone. It is taken once to be composed and kept once more to be delivered.
const LEASE: Duration = Duration::from_mins(2);
const _: () = {
    let busy =
        if COMPOSE_DEADLINE.as_secs() > SEND_DEADLINE.as_secs() { COMPOSE_DEADLINE } else { SEND_DEADLINE };
    assert!(LEASE.as_secs() > busy.as_secs() + 2 * BATCH_DEADLINE.as_secs(), "the lease outlasts the work");
};
/// How long what was done can be looked up.
const DONE_KEPT: Duration = Duration::from_hours(24);
/// How long what was given up can be looked up.
const FAILED_KEPT: Duration = Duration::from_hours(7 * 24);

/// Works on the outbox. Clones share everything.
#[derive(Clone, Debug)]
pub(crate) struct Worker(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    repository: Repository,
    seal: OutboxSeal,
    rng: Arc<dyn Rng>,
    wake: Arc<Notify>,
    compose: Arc<dyn Compose>,
    transport: Transport,
}

/// What became of a mail that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Sent,
    Dropped,
    Postponed,
    Failed,
    /// Another worker has it.
    Elsewhere,
}

/// Why a mail did not come to rest.
enum Setback {
    /// It may pass. The reason is for the log and names nobody.
    Passing(String),
    /// It never will.
    Final(String),
    /// Another worker has the mail by now.
    Lost,
    /// The store is away, and with it all that could be noted. The lease ends by itself.
    Store(StoreError),
}

impl From<StoreError> for Setback {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Worker {
    pub(super) fn new(
        repository: Repository,
        seal: OutboxSeal,
        rng: Arc<dyn Rng>,
        wake: Arc<Notify>,
        compose: Arc<dyn Compose>,
        transport: Transport,
    ) -> Self {
        Self(Arc::new(Inner { repository, seal, rng, wake, compose, transport }))
    }

    /// Works until `stop` resolves; a mail in hand is brought to its end first.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut due = VecDeque::new();
        let mut blind = false;
        loop {
            if due.is_empty() {
                match self.look().await {
                    Ok(found) => (due, blind) = (found, false),
                    Err(error) => {
                        // Once an outage, not once a second.
                        if !std::mem::replace(&mut blind, true) {
                            tracing::warn!(reason = %without_addresses(&error.to_string()), "the outbox cannot be read");
                        }
                    }
                }
            }
            let idle = due.is_empty();
            if let Some(mail) = due.pop_front() {
                self.attend(mail).await;
            }
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = std::future::ready(()), if !idle => {}
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// What is due: a page of letters that wait for delivery, then a page of intents.
    pub(super) async fn look(&self) -> Result<VecDeque<Stored<Mail>>, StoreError> {
        let mut due = VecDeque::from(self.0.repository.due(MailState::Composed).await?);
        due.extend(self.0.repository.due(MailState::Intended).await?);
        Ok(due)
    }

    /// Takes a mail as far as it goes. In a task of its own: neither a panic in a composer nor the end of the worker's
    /// own task may leave it half done.
    pub(super) async fn attend(&self, due: Stored<Mail>) -> Option<Outcome> {
        let (id, purpose, attempt) = (*due.id(), due.value().purpose.clone(), due.value().attempts + 1);
        let inner = Arc::clone(&self.0);
        let outcome = match tokio::spawn(async move { inner.attend(&due).await }).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => {
                let reason = without_addresses(&error.to_string());
                tracing::warn!(mail = %id, purpose, attempt, reason, "the store failed while a mail was in hand");
                return None;
            }
            Err(_) => {
                tracing::error!(mail = %id, purpose, attempt, "composing or delivering a mail panicked");
                return None;
            }
        };
        if matches!(outcome, Outcome::Sent | Outcome::Dropped) {
            tracing::info!(mail = %id, purpose, attempt, outcome = ?outcome, "mail");
        }
        Some(outcome)
    }
}

impl Inner {
    async fn attend(&self, due: &Stored<Mail>) -> Result<Outcome, StoreError> {
        if due.value().attempts >= backoff::ATTEMPTS {
            // Only a worker that died each time leaves it like this.
            return self.give_up(due, "no attempt came to an end").await;
        }
        let taken = Mail {
            due_at: self.repository.now().plus(LEASE),
            attempts: due.value().attempts + 1,
            ..due.value().clone()
        };
        let Some(mut mail) = self.repository.advance(due, taken, Batch::new()).await? else {
            return Ok(Outcome::Elsewhere);
        };
        match self.carry(&mut mail).await {
            Ok(outcome) => Ok(outcome),
            Err(Setback::Passing(reason)) => self.postpone(&mail, &reason).await,
            Err(Setback::Final(reason)) => self.give_up(&mail, &reason).await,
            Err(Setback::Lost) => Ok(Outcome::Elsewhere),
            Err(Setback::Store(error)) => Err(error),
        }
    }

    /// `mail` is always as it was last written, for whoever has to write it next.
    async fn carry(&self, mail: &mut Stored<Mail>) -> Result<Outcome, Setback> {
        let letter = if mail.value().state == MailState::Intended {
            let Some(letter) = self.compose(mail).await? else { return Ok(Outcome::Dropped) };
            letter
        } else {
            self.open(mail)?
        };
        self.transport
            .deliver(*mail.id(), &letter, mail.created_at())
            .await
            .map_err(|error| setback(&error))?;
        let sealed = mail.value().sealed.clone().filter(|_| self.transport.keeps_letters());
        *mail =
            self.advance(mail, self.rested(mail, MailState::Sent, sealed, DONE_KEPT), Batch::new()).await?;
        Ok(Outcome::Sent)
    }

    /// Turns an intent into a letter: what the composer wants written, and the letter, in one batch. From then on the
    /// mail is only ever delivered. `None` when there is nothing to mail; then the mail is at rest.
    async fn compose(&self, mail: &mut Stored<Mail>) -> Result<Option<Letter>, Setback> {
        let purpose = mail.value().purpose.clone();
        let payload = self.open::<serde_json::Value>(mail)?.to_string();
        let intent = Intent { purpose: &purpose, payload: &payload, is_new: mail.value().attempts <= 1 };
        let composing = self.compose.compose(intent);
        let Composed { letter, writes } = tokio::time::timeout(COMPOSE_DEADLINE, composing)
            .await
            .map_err(|_| Setback::Passing("composing takes too long".to_owned()))?
            .map_err(|error| Setback::Passing(explain(&error)))?;

        let next = match &letter {
            None => self.rested(mail, MailState::Dropped, None, DONE_KEPT),
            Some(letter) => {
                let sealed = self.seal.seal(*mail.id(), MailState::Composed, &purpose, letter);
                let now = self.repository.now();
                Mail {
                    state: MailState::Composed,
                    due_at: now.plus(LEASE),
                    sealed: Some(sealed.map_err(|error| Setback::Final(explain(&error)))?),
                    expires_at: now.plus(WAITING),
                    ..mail.value().clone()
                }
            }
        };
        *mail = match self.advance(mail, next, writes).await {
            // What the composer rests on has changed since it looked: it has to look again.
            Err(Setback::Store(error @ (StoreError::Stale { .. } | StoreError::Duplicate { .. }))) => {
                return Err(Setback::Passing(without_addresses(&error.to_string())));
            }
            Err(Setback::Store(error @ StoreError::Unstorable { .. })) => {
                return Err(Setback::Final(without_addresses(&error.to_string())));
            }
            written => written?,
        };
        Ok(letter)
    }

    async fn advance(&self, mail: &Stored<Mail>, next: Mail, writes: Batch) -> Result<Stored<Mail>, Setback> {
        self.repository.advance(mail, next, writes).await?.ok_or(Setback::Lost)
    }

    fn open<T: serde::de::DeserializeOwned>(&self, mail: &Stored<Mail>) -> Result<T, Setback> {
        let Mail { purpose, state, sealed, .. } = mail.value();
        sealed
            .as_deref()
            .and_then(|sealed| self.seal.open(*mail.id(), *state, purpose, sealed, self.repository.now()))
            .ok_or_else(|| Setback::Final("what is sealed in it does not open".to_owned()))
    }

    fn rested(&self, mail: &Stored<Mail>, state: MailState, sealed: Option<String>, kept: Duration) -> Mail {
        let now = self.repository.now();
        Mail { state, due_at: now, sealed, expires_at: now.plus(kept), ..mail.value().clone() }
    }

    async fn postpone(&self, mail: &Stored<Mail>, reason: &str) -> Result<Outcome, StoreError> {
        let Mail { purpose, attempts, .. } = mail.value();
        let Some(wait) = backoff::after(*attempts, self.rng.as_ref()) else {
            return self.give_up(mail, reason).await;
        };
        tracing::warn!(mail = %mail.id(), purpose, attempt = attempts, reason, again_in = ?wait, "mail is postponed");
        let next = Mail { due_at: self.repository.now().plus(wait), ..mail.value().clone() };
        let written = self.repository.advance(mail, next, Batch::new()).await?;
        Ok(if written.is_some() { Outcome::Postponed } else { Outcome::Elsewhere })
    }

    async fn give_up(&self, mail: &Stored<Mail>, reason: &str) -> Result<Outcome, StoreError> {
        let next = self.rested(mail, MailState::Failed, mail.value().sealed.clone(), FAILED_KEPT);
        if self.repository.advance(mail, next, Batch::new()).await?.is_none() {
            return Ok(Outcome::Elsewhere);
        }
        let Mail { purpose, attempts, .. } = mail.value();
        tracing::error!(mail = %mail.id(), purpose, attempt = attempts, reason, "mail is given up");
        Ok(Outcome::Failed)
    }
}

fn setback(error: &SmtpError) -> Setback {
    let reason = match std::error::Error::source(error) {
        Some(source) => without_addresses(&format!("{error}: {source}")),
        None => error.to_string(),
    };
    if error.is_final() { Setback::Final(reason) } else { Setback::Passing(reason) }
}

fn explain(error: &AppError) -> String {
    let cause = error.cause().unwrap_or_default();
    without_addresses(&format!("{} {cause}", error.code().name)).trim_end().to_owned()
}

/// A reason for the log, without whatever looks like a mail address in it: an error may name a claim, which is one.
fn without_addresses(text: &str) -> String {
    let words = text.split(' ').map(|word| if word.contains('@') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_nobody() {
        let claim = StoreError::Stale { collection: "identities", id: "email:ada@example.org".to_owned() };
        let reason = explain(&AppError::from(claim));
        assert!(!reason.contains("ada") && !reason.contains("example.org"), "{reason}");
        assert!(reason.starts_with("CONFLICT ") && reason.contains("not what it was"), "{reason}");

        let Setback::Passing(reason) = setback(&SmtpError::Unreachable {
            doing: "connecting",
            source: Some("<ada@example.org> is not welcome".into()),
        }) else {
            panic!("it may pass");
        };
        assert_eq!(reason, "speaking with the mail server: connecting: … is not welcome");
    }
}
