//! The queries and writes of the mail module. Every write is one decision, all or nothing, with the read state as
//! its precondition.

use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_lib::store::{Batch, Collection, Document, Store, StoreError, Stored};

use super::schema::{Mail, MailId, MailState};
use crate::staged::Staged;

/// The outbox.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    store: Store,
    mails: Collection<Mail>,
}

impl Repository {
    pub(super) fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { store: store.clone(), mails: store.collection()? })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// A mail that is sent if and only if the rest of the batch is written.
    pub(super) fn stage(id: MailId, mail: Mail) -> Staged {
        Batch::new().insert(&id, mail).into()
    }

    /// A mail that is sent independently.
    pub(super) async fn add(&self, id: MailId, mail: Mail) -> Result<(), StoreError> {
        self.store.commit(Batch::new().insert(&id, mail)).await.map(drop)
    }

    /// Mails that are sent independently of any other write.
    pub(super) async fn add_staged(&self, mails: Staged) -> Result<(), StoreError> {
        self.store.commit(mails.into()).await.map(drop)
    }

    /// The mails of a state that a worker may take now, the longest waiting first: one page of them.
    pub(super) async fn due(&self, state: MailState) -> Result<Vec<Stored<Mail>>, StoreError> {
        // A mail that is due at this very moment is due: the upper limit excludes itself, and times have
        // milliseconds.
        let after_now = self.now().plus(Duration::from_millis(1));
        Ok(self
            .mails
            .find(Mail::DUE.matching(&state).below(&after_now))
            .page(&PageRequest::default())
            .await?
            .items)
    }

    /// Moves a mail on. `None` if another worker moved it first; then nothing was written.
    pub(super) async fn advance(
        &self,
        read: &Stored<Mail>,
        next: Mail,
    ) -> Result<Option<Stored<Mail>>, StoreError> {
        self.advance_with(read, next, Staged::nothing()).await
    }

    /// The same, together with the renderer's writes.
    pub(super) async fn advance_with(
        &self,
        read: &Stored<Mail>,
        next: Mail,
        writes: Staged,
    ) -> Result<Option<Stored<Mail>>, StoreError> {
        let id = *read.id();
        match self.store.commit(Batch::from(writes).replace(read, next.clone())).await {
            Ok(commit) => Ok(commit.stored(&id, next)),
            Err(StoreError::Stale { collection, id: stale })
                if collection == Mail::COLLECTION && stale == id.to_string() =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The mails at rest in a state, the newest first.
    pub(super) async fn at_rest(
        &self,
        state: MailState,
        page: &PageRequest,
    ) -> Result<Page<Stored<Mail>>, StoreError> {
        self.mails.find(Mail::AT_REST.matching(&state)).page(page).await
    }

    /// The waiting mails of a state, the longest waiting first.
    pub(super) async fn waiting(
        &self,
        state: MailState,
        page: &PageRequest,
    ) -> Result<Page<Stored<Mail>>, StoreError> {
        self.mails.find(Mail::SINCE.matching(&state)).page(page).await
    }

    /// The waiting mail that must be at rest before this one is sent: the oldest of its line, if it is older.
    pub(super) async fn ahead_of(&self, mail: &Stored<Mail>) -> Result<Option<Stored<Mail>>, StoreError> {
        let first = self.first_in_line(&mail.value().line).await?;
        Ok(first.filter(|first| place(first) < place(mail)))
    }

    /// The oldest waiting mail of a line.
    pub(super) async fn first_in_line(&self, line: &str) -> Result<Option<Stored<Mail>>, StoreError> {
        if line.is_empty() {
            return Ok(None);
        }
        let (line, one) = (line.to_owned(), PageRequest::new(PageSize::ONE, None));
        let mut first: Option<Stored<Mail>> = None;
        for state in [MailState::Composed, MailState::Intended] {
            let found = self.mails.find(Mail::LINE.matching(&line, &state)).page(&one).await?;
            first = found.items.into_iter().chain(first).min_by_key(place);
        }
        Ok(first)
    }

    /// A mail by its id.
    pub(super) async fn get(&self, id: &MailId) -> Result<Option<Stored<Mail>>, StoreError> {
        self.mails.get(id).await
    }
}

/// The position of a mail in its line.
fn place(mail: &Stored<Mail>) -> (Timestamp, String) {
    (mail.created_at(), mail.id().to_string())
}
