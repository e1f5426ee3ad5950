//! The work on one mail: from taking it until it is at rest or waits for its next attempt.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::ports::Rng;
use palisade_lib::smtp::SmtpError;
use palisade_lib::store::{BATCH_DEADLINE, StoreError, Stored};
use tokio::sync::{Notify, watch};

use super::render::{RenderEmail, RenderRequest, RenderedEmail, Verdict, Withheld};
use super::repository::Repository;
use super::schema::{Mail, MailState, WAITING};
use super::sealing::OutboxSeal;
use super::transport::Transport;
use super::types::EmailMessage;
use crate::backoff;
use crate::staged::Staged;

/// Rendering consists of a few reads of the store.
const RENDER_DEADLINE: Duration = Duration::from_secs(30);
/// How long other workers leave a mail alone after the last heartbeat of its worker.
pub(super) const LEASE: Duration = Duration::from_mins(2);
/// How often the worker renews the lease.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(30);
const _: () = {
    let store = BATCH_DEADLINE.as_secs();
    assert!(LEASE.as_secs() > 2 * (HEARTBEAT.as_secs() + store), "the lease outlasts a lost heartbeat");
    assert!(LEASE.as_secs() > RENDER_DEADLINE.as_secs() + 2 * store, "the lease outlasts rendering");
    assert!(
        LEASE.as_secs() > HEARTBEAT.as_secs() + NOTES as u64 * (NOTE_AGAIN.as_secs() + store),
        "and noting"
    );
};
/// How often the worker tries to record that a mail was sent. A few tries are worth it: an unrecorded mail is sent
/// again.
const NOTES: u32 = 4;
const NOTE_AGAIN: Duration = Duration::from_secs(5);
/// The longest wait between two attempts: nobody waits longer than this for a mail once the mail server accepts it again.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// After so many unfinished attempts in a row (their worker died each time) a mail is given up. A mail that is only
/// refused is retried until its content is no longer useful.
pub(super) const UNFINISHED: i64 = 10;
/// How long finished mails can be looked up.
pub(super) const DONE_KEPT: Duration = Duration::from_hours(24);
/// How long mails that were given up can be looked up, and retried by hand.
pub(super) const FAILED_KEPT: Duration = Duration::from_hours(7 * 24);
/// The parts that a worker works with.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) repository: Repository,
    pub(super) seal: OutboxSeal,
    pub(super) rng: Arc<dyn Rng>,
    pub(super) renderer: Arc<dyn RenderEmail>,
    pub(super) transport: Transport,
    /// Whether all mails in hand must be handed back now.
    pub(super) cut: watch::Sender<bool>,
    pub(super) heartbeat: Duration,
    pub(super) wake: Arc<Notify>,
}

/// The result for a mail that a worker looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Sent,
    Dropped,
    Postponed,
    /// A budget holds it back: it is rendered later.
    Held,
    Failed,
    /// Another worker has it.
    Elsewhere,
    /// An older mail of its line goes first.
    InLine,
    /// The worker ends; the next one starts the mail again.
    HandedBack,
}

/// Why a mail is not at rest.
enum DeliveryError {
    /// A temporary error. The reason is for the log and contains no address.
    Transient(String),
    /// A permanent error.
    Permanent(String),
    /// A budget does not allow rendering yet.
    Held { wait: Duration, reason: &'static str },
    /// Another worker has taken the mail, or an operator removed it.
    LeaseLost,
    /// This worker ends.
    Cut,
    /// The store is unreachable, so nothing can be recorded. The lease expires by itself.
    Store(StoreError),
}

impl From<StoreError> for DeliveryError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Inner {
    pub(super) async fn process(&self, due: &Stored<Mail>) -> Result<Outcome, StoreError> {
        let now = self.repository.now();
        let Mail { attempts, unfinished, worthless_at, reason, .. } = due.value();
        if now >= *worthless_at {
            let last = reason.as_deref().unwrap_or("no attempt finished");
            return self.give_up(due, &format!("it expired; the last attempt: {last}")).await;
        }
        if *unfinished >= UNFINISHED {
            // Only a worker that died each time leaves the mail in this state.
            return self.give_up(due, "no attempt finished").await;
        }
        if let Some(ahead) = self.repository.ahead_of(due).await? {
            return self.stand_in_line(due, &ahead).await;
        }
        let taken = Mail {
            due_at: now.plus(LEASE),
            attempts: attempts.saturating_add(1),
            unfinished: unfinished + 1,
            ..due.value().clone()
        };
        let Some(mut mail) = self.repository.advance(due, taken).await? else {
            return Ok(Outcome::Elsewhere);
        };
        match self.take_to_rest(&mut mail).await {
            Ok(outcome) => {
                self.call_next(&mail).await?;
                Ok(outcome)
            }
            Err(DeliveryError::Transient(reason)) => self.postpone(&mail, &reason).await,
            Err(DeliveryError::Permanent(reason)) => self.give_up(&mail, &reason).await,
            Err(DeliveryError::Held { wait, reason }) => self.hold_back(&mail, wait, reason).await,
            Err(DeliveryError::LeaseLost) => Ok(Outcome::Elsewhere),
            Err(DeliveryError::Cut) => self.hand_back(&mail).await,
            Err(DeliveryError::Store(error)) => Err(error),
        }
    }

    /// `mail` always holds the last written state, for the next write.
    async fn take_to_rest(&self, mail: &mut Stored<Mail>) -> Result<Outcome, DeliveryError> {
        let message = if mail.value().state == MailState::Intended {
            let Some(message) = self.render(mail).await? else { return Ok(Outcome::Dropped) };
            message
        } else {
            self.open(mail)?
        };
        self.deliver(mail, &message).await?;
        let sealed = mail.value().sealed.clone().filter(|_| self.transport.keeps_messages());
        let sent = self.settled(mail, MailState::Sent, sealed, DONE_KEPT);
        *mail = self.note(mail, &Mail { reason: None, ..sent }).await?;
        Ok(Outcome::Sent)
    }

    /// Turns an intent into a message: one batch contains the renderer's writes and the message. From then on the
    /// mail is only delivered. `None` if there is nothing to send; then the mail is at rest.
    async fn render(&self, mail: &mut Stored<Mail>) -> Result<Option<EmailMessage>, DeliveryError> {
        let purpose = mail.value().purpose.clone();
        let payload = self.open::<serde_json::Value>(mail)?.to_string();
        let request =
            RenderRequest { purpose: &purpose, payload: &payload, is_new: mail.value().attempts <= 1 };
        let rendering = self.renderer.render(request);
        let verdict = tokio::time::timeout(RENDER_DEADLINE, rendering)
            .await
            .map_err(|_| DeliveryError::Transient("rendering took too long".to_owned()))?
            .map_err(|error| DeliveryError::Transient(explain(&error)))?;
        let RenderedEmail { message, writes, link_ends, withheld } = match verdict {
            Verdict::Now(rendered) => rendered,
            Verdict::Later { wait, reason } => return Err(DeliveryError::Held { wait, reason }),
        };

        let next = match &message {
            None => self.unsent(mail, withheld)?,
            Some(message) => {
                let sealed = self.seal.seal(*mail.id(), MailState::Composed, &purpose, message);
                let now = self.repository.now();
                let worthless_at = link_ends.unwrap_or_else(|| now.plus(WAITING));
                Mail {
                    state: MailState::Composed,
                    due_at: now.plus(LEASE),
                    sealed: Some(sealed.map_err(|error| DeliveryError::Permanent(explain(&error)))?),
                    worthless_at,
                    expires_at: worthless_at.plus(FAILED_KEPT),
                    ..mail.value().clone()
                }
            }
        };
        *mail = match self.advance_with(mail, next, writes).await {
            Err(DeliveryError::Store(error @ StoreError::Unstorable { .. })) => {
                return Err(DeliveryError::Permanent(without_addresses(&error.to_string())));
            }
            // The data that the renderer read may have changed: it must read again. Nothing was delivered, so the
            // error can be recorded, if the store allows it: an unrecorded attempt counts as one that killed its
            // worker.
            Err(DeliveryError::Store(error)) => {
                return Err(DeliveryError::Transient(without_addresses(&error.to_string())));
            }
            written => written?,
        };
        Ok(message)
    }

    /// The result of a mail without a message. With the development mailbox, a note replaces a mail that a budget
    /// withholds.
    fn unsent(&self, mail: &Stored<Mail>, withheld: Option<Withheld>) -> Result<Mail, DeliveryError> {
        let Some(Withheld { to, budget }) = withheld else {
            return Ok(self.settled(mail, MailState::Dropped, None, DONE_KEPT));
        };
        let purpose = &mail.value().purpose;
        tracing::info!(mail = %mail.id(), purpose, budget, "mail is not sent: its budget is exhausted");
        let reason = format!("not sent: over {budget}");
        let settled = if self.transport.keeps_messages() {
            let note = EmailMessage::withheld(to, &reason);
            let sealed = self.seal.seal(*mail.id(), MailState::Composed, purpose, &note);
            let sealed = sealed.map_err(|error| DeliveryError::Permanent(explain(&error)))?;
            self.settled(mail, MailState::Sent, Some(sealed), DONE_KEPT)
        } else {
            self.settled(mail, MailState::Dropped, None, DONE_KEPT)
        };
        Ok(Mail { reason: Some(reason), ..settled })
    }

    /// Delivers a message and renews the lease meanwhile.
    async fn deliver(&self, mail: &mut Stored<Mail>, message: &EmailMessage) -> Result<(), DeliveryError> {
        let mut cut = self.cut.subscribe();
        let (id, date) = (*mail.id(), mail.created_at());
        let mut delivery = pin!(self.transport.deliver(id, message, date));
        loop {
            tokio::select! {
                biased;
                done = &mut delivery => return done.map_err(|error| failed_delivery(&error)),
                _ = cut.wait_for(|cut| *cut) => return Err(DeliveryError::Cut),
                () = tokio::time::sleep(self.heartbeat) => {}
            }
            let due_at = self.repository.now().plus(LEASE);
            let held = Mail { due_at, ..mail.value().clone() };
            match self.advance(mail, held).await {
                Ok(held) => *mail = held,
                // The next heartbeat may succeed; the lease outlasts a failed one. It is unknown whether this write
                // succeeded: if it did, it is this worker's.
                Err(DeliveryError::Store(StoreError::Unavailable { .. })) => {
                    let found = self.repository.get(mail.id()).await.ok().flatten();
                    if let Some(found) = found.filter(|found| found.value().due_at == due_at) {
                        *mail = found;
                    }
                }
                Err(other) => return Err(other),
            }
        }
    }

    /// Records that a mail was sent. Retries while the store is unreachable: an unrecorded mail is sent again.
    async fn note(&self, mail: &Stored<Mail>, sent: &Mail) -> Result<Stored<Mail>, DeliveryError> {
        let mut tried = 1;
        loop {
            match self.advance(mail, sent.clone()).await {
                Err(DeliveryError::Store(StoreError::Unavailable { .. }))
                    if tried < NOTES && !*self.cut.borrow() =>
                {
                    tried += 1;
                    tokio::time::sleep(NOTE_AGAIN).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn advance(&self, mail: &Stored<Mail>, next: Mail) -> Result<Stored<Mail>, DeliveryError> {
        self.advance_with(mail, next, Staged::nothing()).await
    }

    async fn advance_with(
        &self,
        mail: &Stored<Mail>,
        next: Mail,
        writes: Staged,
    ) -> Result<Stored<Mail>, DeliveryError> {
        self.repository.advance_with(mail, next, writes).await?.ok_or(DeliveryError::LeaseLost)
    }

    fn open<T: serde::de::DeserializeOwned>(&self, mail: &Stored<Mail>) -> Result<T, DeliveryError> {
        let Mail { purpose, state, sealed, .. } = mail.value();
        sealed
            .as_deref()
            .and_then(|sealed| self.seal.open(*mail.id(), *state, purpose, sealed, self.repository.now()))
            .ok_or_else(|| DeliveryError::Permanent("its sealed content cannot be opened".to_owned()))
    }

    fn settled(&self, mail: &Stored<Mail>, state: MailState, sealed: Option<String>, kept: Duration) -> Mail {
        let now = self.repository.now();
        Mail { state, due_at: now, unfinished: 0, sealed, expires_at: now.plus(kept), ..mail.value().clone() }
    }

    async fn postpone(&self, mail: &Stored<Mail>, reason: &str) -> Result<Outcome, StoreError> {
        let Mail { purpose, attempts, worthless_at, .. } = mail.value();
        let wait = backoff::after(*attempts, LONGEST_WAIT, self.rng.as_ref());
        tracing::warn!(mail = %mail.id(), purpose, attempt = attempts, reason, again_in = ?wait, "mail is postponed");
        let due_at = self.repository.now().plus(wait).min(*worthless_at);
        let next = Mail { due_at, unfinished: 0, reason: Some(reason.to_owned()), ..mail.value().clone() };
        let written = self.repository.advance(mail, next).await?;
        Ok(if written.is_some() { Outcome::Postponed } else { Outcome::Elsewhere })
    }

    /// It was not attempted, so the attempt is not counted: the next one is decided like this one.
    async fn hold_back(
        &self,
        mail: &Stored<Mail>,
        wait: Duration,
        reason: &str,
    ) -> Result<Outcome, StoreError> {
        tracing::info!(mail = %mail.id(), purpose = mail.value().purpose, reason, again_in = ?wait, "mail waits");
        // The longer a mail waits, the less often it tries: when many wait, each round lets only a few pass.
        let now = self.repository.now();
        let patience = (now.since(mail.created_at()) / 4).clamp(wait, LONGEST_WAIT.max(wait));
        let wait = wait.max(backoff::spread(patience, self.rng.as_ref()));
        let due_at = now.plus(wait).min(mail.value().worthless_at);
        let attempts = mail.value().attempts - 1;
        let held =
            Mail { due_at, attempts, unfinished: 0, reason: Some(reason.to_owned()), ..mail.value().clone() };
        let written = self.repository.advance(mail, held).await?;
        Ok(if written.is_some() { Outcome::Held } else { Outcome::Elsewhere })
    }

    async fn hand_back(&self, mail: &Stored<Mail>) -> Result<Outcome, StoreError> {
        let reason = Some("the server was stopped meanwhile".to_owned());
        let next = Mail { due_at: self.repository.now(), unfinished: 0, reason, ..mail.value().clone() };
        let written = self.repository.advance(mail, next).await?;
        Ok(if written.is_some() { Outcome::HandedBack } else { Outcome::Elsewhere })
    }

    async fn give_up(&self, mail: &Stored<Mail>, reason: &str) -> Result<Outcome, StoreError> {
        let failed = self.settled(mail, MailState::Failed, mail.value().sealed.clone(), FAILED_KEPT);
        let failed = Mail { reason: Some(reason.to_owned()), ..failed };
        let Some(rested) = self.repository.advance(mail, failed).await? else {
            return Ok(Outcome::Elsewhere);
        };
        let Mail { purpose, attempts, .. } = mail.value();
        tracing::error!(mail = %mail.id(), purpose, attempt = attempts, reason, "mail is given up");
        self.call_next(&rested).await?;
        Ok(Outcome::Failed)
    }
}

fn failed_delivery(error: &SmtpError) -> DeliveryError {
    let reason = match std::error::Error::source(error) {
        Some(source) => without_addresses(&format!("{error}: {source}")),
        None => error.to_string(),
    };
    if error.is_final() { DeliveryError::Permanent(reason) } else { DeliveryError::Transient(reason) }
}

fn explain(error: &AppError) -> String {
    let cause = error.cause().unwrap_or_default();
    without_addresses(&format!("{} {cause}", error.code().name)).trim_end().to_owned()
}

/// A reason for the log, without any text that looks like a mail address: an error may name a claim, which is one.
pub(super) fn without_addresses(text: &str) -> String {
    let words = text.split(' ').map(|word| if word.contains('@') { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use palisade_lib::smtp::Phase;

    use super::*;

    #[test]
    fn a_reason_names_nobody() {
        let claim = StoreError::Stale { collection: "identities", id: "email:ada@example.org".to_owned() };
        let reason = explain(&AppError::from(claim));
        assert!(!reason.contains("ada") && !reason.contains("example.org"), "{reason}");
        assert!(reason.starts_with("CONFLICT ") && reason.contains("has changed since"), "{reason}");

        let DeliveryError::Transient(reason) = failed_delivery(&SmtpError::Unreachable {
            phase: Phase::Greeting,
            doing: "connecting",
            source: Some("<ada@example.org> is not welcome".into()),
        }) else {
            panic!("it may pass");
        };
        assert_eq!(reason, "speaking with the mail server: connecting, at the greeting: … is not welcome");
    }
}
