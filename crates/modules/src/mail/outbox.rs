//! The outbox for the operator: list waiting mails with the reasons, retry and drop them; and its health.

use std::collections::BTreeMap;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::identity::Operator;
use palisade_core::ports::{BoxFuture, Probe};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_core::values::Id;
use palisade_lib::store::{StoreError, Stored};

use super::delivery::{DONE_KEPT, FAILED_KEPT};
use super::line::in_hand;
use super::repository::Repository;
use super::schema::{Mail, MailId, MailState};
use super::service::{Inner, Service};
use super::types::{DropError, EmailMessage, OutboxEntry, OutboxTally, RetryError};
use crate::audit::Act;
use crate::audit::types::EventType;
use crate::staged::Staged;

/// A mail that waits longer than this deserves the operator's attention: a greylisting server accepts it earlier.
const LATE: Duration = Duration::from_mins(10);

/// The states of mails that an operator can list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxState {
    /// Requested, not rendered.
    Intended,
    /// Rendered, not delivered.
    Composed,
    /// Given up.
    Failed,
    /// Delivered.
    Sent,
    /// There was nothing to send, or an operator dropped it.
    Dropped,
}

impl OutboxState {
    /// All states; first those that may need attention.
    pub const ALL: [Self; 5] = [Self::Intended, Self::Composed, Self::Failed, Self::Sent, Self::Dropped];

    const fn stored(self) -> MailState {
        match self {
            Self::Intended => MailState::Intended,
            Self::Composed => MailState::Composed,
            Self::Failed => MailState::Failed,
            Self::Sent => MailState::Sent,
            Self::Dropped => MailState::Dropped,
        }
    }

    /// Whether the mail is at rest.
    pub const fn is_at_rest(self) -> bool {
        !matches!(self, Self::Intended | Self::Composed)
    }
}

impl Service {
    /// A page of the outbox: waiting mails oldest first, mails at rest newest first. Recipients only if requested,
    /// since they are sealed.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn outbox(
        &self,
        _operator: &Operator<'_>,
        state: OutboxState,
        page: &PageRequest,
        show_recipients: bool,
    ) -> Result<Page<OutboxEntry>, AppError> {
        let Inner { repository, .. } = self.0.as_ref();
        let stored = state.stored();
        let found = if state.is_at_rest() {
            repository.at_rest(stored, page).await?
        } else {
            repository.waiting(stored, page).await?
        };
        Ok(found.map(|mail| self.entry(&mail, show_recipients)))
    }

    /// Makes a mail due now, whatever it waits for and even if it was given up.
    ///
    /// # Errors
    /// [`RetryError`].
    pub async fn retry(&self, operator: &Operator<'_>, id: &str) -> Result<(), RetryError> {
        let id = MailId::parse(id).ok_or(RetryError::Unknown)?;
        let mail = self.0.repository.get(&id).await?.ok_or(RetryError::Unknown)?;
        let event = Act::of_operator(operator).did(EventType::MailRetried).about(mail.id());
        self.try_again(&mail, self.0.audit.stage(event)).await
    }

    /// The same for all mails that wait or were given up, with one event for all of them, if there are any. Returns how many
    /// are due now, and how many have expired.
    ///
    /// # Errors
    /// 503 when the store is down; the mails that were changed until then stay changed.
    pub async fn retry_all(&self, operator: &Operator<'_>) -> Result<(u64, u64), AppError> {
        let (mut due, mut worthless) = (0, 0);
        let mut mails = Vec::new();
        for state in [OutboxState::Composed, OutboxState::Intended, OutboxState::Failed] {
            mails.extend(self.all(state).await?);
        }
        if !mails.is_empty() {
            self.0.audit.record(Act::of_operator(operator).did(EventType::MailRetried)).await?;
        }
        for mail in mails {
            match self.try_again(&mail, Staged::nothing()).await {
                Ok(()) => due += 1,
                // Another worker has it in hand, or had.
                Err(RetryError::Moved) => {}
                Err(RetryError::Store(error)) => return Err(error.into()),
                Err(_) => worthless += 1,
            }
        }
        Ok((due, worthless))
    }

    /// Drops a mail that waits or was given up: nobody receives it. A mail that is being delivered at this moment
    /// may still arrive.
    ///
    /// # Errors
    /// [`DropError`].
    pub async fn discard(&self, operator: &Operator<'_>, id: &str) -> Result<(), DropError> {
        let repository = &self.0.repository;
        let mail = self.to_drop(id).await?;
        let now = repository.now();
        let reason = Some("an operator dropped it".to_owned());
        let dropped = Mail {
            state: MailState::Dropped,
            due_at: now,
            sealed: None,
            reason,
            expires_at: now.plus(DONE_KEPT),
            ..mail.value().clone()
        };
        let event = Act::of_operator(operator).did(EventType::MailDropped).about(mail.id());
        let event = self.0.audit.stage(event);
        repository.advance_with(&mail, dropped, event).await?.map(drop).ok_or(DropError::Moved)
    }

    /// Checks that such a mail exists and can be dropped, before the command asks for confirmation.
    ///
    /// # Errors
    /// [`DropError`].
    pub async fn can_discard(&self, _operator: &Operator<'_>, id: &str) -> Result<(), DropError> {
        self.to_drop(id).await.map(drop)
    }

    async fn to_drop(&self, id: &str) -> Result<Stored<Mail>, DropError> {
        let id = MailId::parse(id).ok_or(DropError::Unknown)?;
        let mail = self.0.repository.get(&id).await?.ok_or(DropError::Unknown)?;
        match mail.value().state {
            MailState::Sent | MailState::Dropped => Err(DropError::Done),
            _ => Ok(mail),
        }
    }

    /// The counts of mails in this process since it started, for metrics.
    pub fn tally(&self) -> OutboxTally {
        let [sent, dropped, postponed, held, failed] = self.0.tally.read();
        OutboxTally { sent, dropped, postponed, held, failed }
    }

    /// What waits and what was given up, for metrics: a page of each.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn backlog(&self) -> Result<Backlog, StoreError> {
        let repository = &self.0.repository;
        let one = PageRequest::new(PageSize::ONE, None);
        let now = repository.now();
        let mut oldest = Duration::ZERO;
        for state in [MailState::Composed, MailState::Intended] {
            for mail in repository.waiting(state, &one).await?.items {
                oldest = oldest.max(now.since(mail.created_at()));
            }
        }
        let given_up = repository.at_rest(MailState::Failed, &PageRequest::largest()).await?.items.len();
        Ok(Backlog { oldest, given_up: u64::try_from(given_up).unwrap_or(u64::MAX) })
    }

    /// The probe for the health of the outbox.
    pub(crate) fn probe(&self) -> OutboxProbe {
        OutboxProbe(self.0.repository.clone())
    }

    async fn try_again(&self, mail: &Stored<Mail>, event: Staged) -> Result<(), RetryError> {
        let Inner { repository, wake, .. } = self.0.as_ref();
        let now = repository.now();
        let Mail { state, worthless_at, .. } = mail.value();
        let state = match state {
            MailState::Intended | MailState::Composed => *state,
            MailState::Sent | MailState::Dropped => return Err(RetryError::Done),
            // The sealed content shows how far it got.
            MailState::Failed => [MailState::Composed, MailState::Intended]
                .into_iter()
                .find(|state| self.opened(mail, *state).is_some())
                .ok_or(RetryError::Unreadable)?,
        };
        if now >= *worthless_at {
            return Err(RetryError::Worthless);
        }
        // Taking it from a worker would send it twice.
        if in_hand(mail, now) {
            return Err(RetryError::Moved);
        }
        let again = Mail {
            state,
            due_at: now,
            unfinished: 0,
            expires_at: worthless_at.plus(FAILED_KEPT),
            ..mail.value().clone()
        };
        let written = repository.advance_with(mail, again, event).await?;
        wake.notify_one();
        written.map(drop).ok_or(RetryError::Moved)
    }

    async fn all(&self, state: OutboxState) -> Result<Vec<Stored<Mail>>, StoreError> {
        let (repository, mut cursor, mut all) = (&self.0.repository, None, Vec::new());
        loop {
            let page = PageRequest::new(PageRequest::largest().limit(), cursor);
            let found = if state.is_at_rest() {
                repository.at_rest(state.stored(), &page).await?
            } else {
                repository.waiting(state.stored(), &page).await?
            };
            all.extend(found.items);
            cursor = found.next;
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    fn opened(&self, mail: &Stored<Mail>, state: MailState) -> Option<serde_json::Value> {
        let Inner { repository, seal, .. } = self.0.as_ref();
        let Mail { purpose, sealed, .. } = mail.value();
        seal.open(*mail.id(), state, purpose, sealed.as_deref()?, repository.now())
    }

    fn entry(&self, mail: &Stored<Mail>, show_recipients: bool) -> OutboxEntry {
        let Mail { purpose, state, due_at, attempts, reason, .. } = mail.value();
        OutboxEntry {
            id: mail.id().to_string(),
            purpose: purpose.clone(),
            state: state.to_string(),
            attempts: u64::try_from(*attempts).unwrap_or(0),
            intended_at: mail.created_at(),
            due_at: *due_at,
            reason: reason.clone(),
            to: show_recipients.then(|| self.recipient(mail)).flatten(),
        }
    }

    /// Messages have `to`, intents `email`. Sent mails keep neither.
    fn recipient(&self, mail: &Stored<Mail>) -> Option<String> {
        let message =
            self.opened(mail, MailState::Composed).and_then(|message| serde_json::from_value(message).ok());
        if let Some(EmailMessage { to, .. }) = message {
            return Some(to.as_str().to_owned());
        }
        let intent = self.opened(mail, MailState::Intended)?;
        ["email", "to"].into_iter().find_map(|field| Some(intent.get(field)?.as_str()?.to_owned()))
    }
}

/// The state of the outbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backlog {
    /// How long the oldest waiting mail waits.
    pub(crate) oldest: Duration,
    /// The number of mails that were given up, at most 100.
    pub(crate) given_up: u64,
}

/// The probe: no mail waits for long, and the outbox can be read.
#[derive(Debug)]
pub(crate) struct OutboxProbe(Repository);

impl Probe for OutboxProbe {
    /// Waiting mails are sent once the mail server accepts them again; the rest of the product works.
    fn is_vital(&self) -> bool {
        false
    }

    fn probe(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let waiting =
                self.waiting().await.map_err(|error| format!("the outbox cannot be read: {error}"))?;
            let now = self.0.now();
            late(&waiting, now).map_or(Ok(()), Err)
        })
    }
}

impl OutboxProbe {
    /// The mails that wait longest, a page of each state.
    async fn waiting(&self) -> Result<Vec<Stored<Mail>>, StoreError> {
        let page = PageRequest::largest();
        let mut waiting = self.0.waiting(MailState::Composed, &page).await?.items;
        waiting.extend(self.0.waiting(MailState::Intended, &page).await?.items);
        Ok(waiting)
    }
}

/// The message about mails that wait for long; `None` if there are none.
fn late(waiting: &[Stored<Mail>], now: Timestamp) -> Option<String> {
    let late: Vec<_> = waiting.iter().filter(|mail| now.since(mail.created_at()) > LATE).collect();
    let oldest = late.iter().min_by_key(|mail| mail.created_at())?;
    let mut purposes = BTreeMap::<&str, usize>::new();
    for mail in &late {
        *purposes.entry(&mail.value().purpose).or_default() += 1;
    }
    let counts: Vec<String> = purposes.iter().map(|(purpose, count)| format!("{purpose}: {count}")).collect();
    let more = if waiting.len() >= 100 { " or more" } else { "" };
    let minutes = now.since(oldest.created_at()).as_secs() / 60;
    let reason = oldest.value().reason.as_deref().unwrap_or("no attempt has finished");
    Some(format!(
        "{}{more} mails wait for more than {} min ({}), the oldest for {minutes} min: {reason}; `palisade mail list` shows them",
        late.len(),
        LATE.as_secs() / 60,
        counts.join(", "),
    ))
}
