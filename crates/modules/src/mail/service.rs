//! The mail service for the other modules: request a mail, wake the worker, read the mailbox.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_core::identity::{Operator, UserId};
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::keyring::{Keyring, MacKey};
use palisade_core::utils::crypto::purpose::Purpose;
use palisade_core::utils::crypto::random::encode_base64url;
use palisade_core::utils::languages::TextArguments;
use palisade_core::utils::pagination::Page;
use palisade_core::values::Id;
use palisade_lib::store::{Store, StoreError};
use serde::Serialize;
use tokio::sync::Notify;

use super::delivery::FAILED_KEPT;
use super::form::{Letter, MailForm};
use super::render::RenderEmail;
use super::repository::Repository;
use super::schema::{Mail, MailId, MailState, WAITING};
use super::sealing::OutboxSeal;
use super::transport::Transport;
use super::types::{EmailMessage, MailView, ReadMailbox, TestMailError};
use super::worker::{Shared, Tally, Worker};
use crate::audit;
use crate::staged::Staged;
use crate::system::System;
use crate::user::types::Email;

/// The service of mail. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) repository: Repository,
    pub(super) seal: OutboxSeal,
    lines: MacKey,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    pub(super) wake: Arc<Notify>,
    /// Whether a mail was requested since somebody last looked.
    wished: AtomicBool,
    pub(super) tally: Arc<Tally>,
    pub(super) audit: audit::Service,
}

/// Sends a test message at once and past the outbox, so it works without the store. Returns the id in its
/// Message-ID.
///
/// # Errors
/// [`TestMailError::NoServer`] if mail is kept for the mailbox; [`TestMailError::Smtp`] with the answer of the
/// server.
pub async fn send_test(
    _operator: &Operator<'_>,
    config: &Config,
    system: &System,
    to: Email,
) -> Result<String, TestMailError> {
    let transport = Transport::open(&config.mail, config.app.url.host())?;
    if transport.keeps_messages() {
        return Err(TestMailError::NoServer);
    }
    let id = MailId::generate(system.clock.as_ref(), system.rng.as_ref());
    let letter = Letter { to, name: "test", arguments: TextArguments::new(), link: None };
    let message = MailForm::new(config)?.try_write(letter, config.languages.of(None))?;
    transport.deliver(id, &message, system.clock.now()).await?;
    Ok(id.to_string())
}

impl Service {
    pub(crate) fn new(
        store: &Store,
        keyring: &Keyring,
        audit: audit::Service,
        (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>),
    ) -> Result<Self, StoreError> {
        let repository = Repository::new(store)?;
        let seal = OutboxSeal::new(keyring, Arc::clone(&rng));
        let lines = keyring.mac(Purpose::OutboxLine);
        let (wake, wished, tally) = (Arc::default(), AtomicBool::default(), Arc::default());
        Ok(Self(Arc::new(Inner { repository, seal, lines, clock, rng, wake, wished, tally, audit })))
    }

    /// A mail that is sent if and only if the decision that it is part of is written. Mails of one purpose to one
    /// address are sent in the order of their requests. Call [`wake`](Self::wake) after the write.
    ///
    /// # Errors
    /// 500 for an intent that is not JSON or too long, both defects of its type.
    pub(crate) fn stage<T: Serialize>(
        &self,
        purpose: &'static str,
        to: &Email,
        intent: &T,
    ) -> Result<Staged, AppError> {
        let (id, mail) = self.intended(purpose, to.as_str(), intent)?;
        Ok(Repository::stage(id, mail))
    }

    /// The same for a user whose address the worker finds out, as writes that a product commits. The worker of this process finds
    /// the mail when it next looks, and a host without one after its answer.
    ///
    /// # Errors
    /// As [`stage`](Self::stage).
    pub(crate) fn stage_to_user<T: Serialize>(
        &self,
        purpose: &'static str,
        to: &UserId,
        intent: &T,
    ) -> Result<Staged, AppError> {
        let (id, mail) = self.intended(purpose, &to.to_string(), intent)?;
        self.0.wished.store(true, Ordering::Release);
        Ok(Repository::stage(id, mail))
    }

    /// A mail that is sent whatever else happens.
    ///
    /// # Errors
    /// As [`stage`](Self::stage); 503 when the store is down.
    pub(crate) async fn enqueue<T: Serialize>(
        &self,
        purpose: &'static str,
        to: &Email,
        intent: &T,
    ) -> Result<(), AppError> {
        let (id, mail) = self.intended(purpose, to.as_str(), intent)?;
        self.0.repository.add(id, mail).await?;
        self.wake();
        Ok(())
    }

    /// The same for several, which are sent all or none.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn enqueue_staged(&self, mails: Staged) -> Result<(), AppError> {
        self.0.repository.add_staged(mails).await?;
        self.wake();
        Ok(())
    }

    fn intended<T: Serialize>(
        &self,
        purpose: &'static str,
        to: &str,
        intent: &T,
    ) -> Result<(MailId, Mail), AppError> {
        let Inner { repository, seal, lines, clock, rng, .. } = self.0.as_ref();
        let id = MailId::generate(clock.as_ref(), rng.as_ref());
        let sealed = seal.seal(id, MailState::Intended, purpose, intent)?;
        let now = repository.now();
        let mail = Mail {
            purpose: purpose.to_owned(),
            state: MailState::Intended,
            due_at: now,
            attempts: 0,
            unfinished: 0,
            // Neither an address nor the id of a user has a NUL.
            line: encode_base64url(lines.tag(&[purpose.as_bytes(), b"\0", to.as_bytes()].concat())),
            reason: None,
            worthless_at: now.plus(WAITING),
            sealed: Some(sealed),
            expires_at: now.plus(WAITING).plus(FAILED_KEPT),
        };
        Ok((id, mail))
    }

    /// Wakes the worker of this process. Other workers find the mail when they look.
    pub(crate) fn wake(&self) {
        self.0.wished.store(true, Ordering::Release);
        self.0.wake.notify_one();
    }

    /// Whether this process has requested a mail since the last call: for a host without a worker.
    pub(crate) fn take_wish(&self) -> bool {
        self.0.wished.swap(false, Ordering::AcqRel)
    }

    /// A worker for this outbox, with so many mails in hand at once. Several may run, in one process or in many:
    /// only one at a time takes a mail.
    pub(crate) fn worker(
        &self,
        renderer: Arc<dyn RenderEmail>,
        transport: Transport,
        at_once: NonZeroUsize,
    ) -> Worker {
        let Inner { repository, seal, rng, wake, tally, .. } = self.0.as_ref();
        let shared = Shared {
            repository: repository.clone(),
            seal: seal.clone(),
            rng: Arc::clone(rng),
            wake: Arc::clone(wake),
            tally: Arc::clone(tally),
        };
        Worker::new(shared, renderer, transport, at_once)
    }

    /// A page of the development mailbox, the newest first. Messages that were sent through a mail server are not
    /// kept, so they are not in it.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn mailbox(&self, input: ReadMailbox) -> Result<Page<MailView>, AppError> {
        let Inner { repository, seal, .. } = self.0.as_ref();
        let Page { items, limit, next } = repository.at_rest(MailState::Sent, &input.page).await?;
        let now = repository.now();
        // A message sealed under lost keys must not make the rest of the page fail.
        let shown = items.into_iter().filter_map(|mail| {
            let Mail { purpose, sealed, due_at, reason, .. } = mail.value();
            let message: EmailMessage =
                seal.open(*mail.id(), MailState::Composed, purpose, sealed.as_deref()?, now)?;
            Some(MailView::of(message, *due_at, reason.clone()))
        });
        Ok(Page { items: shown.collect(), limit, next })
    }
}
