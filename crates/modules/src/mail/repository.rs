//! What mail asks of the store. Every write here is a whole decision, preconditioned on what was read.

use std::time::Duration;

use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_core::utils::time::Timestamp;
use palisade_lib::store::{Batch, Collection, Document, Store, StoreError, Stored};

use super::schema::{Mail, MailId, MailState};

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

    pub(super) fn stage(id: MailId, mail: Mail) -> Batch {
        Batch::new().insert(&id, mail)
    }

    /// The mails of a state that may be taken now, those that wait the longest first: one page of them.
    pub(super) async fn due(&self, state: MailState) -> Result<Vec<Stored<Mail>>, StoreError> {
        // What is due this very moment is due: the bound excludes itself, and times have milliseconds.
        let after_now = self.now().plus(Duration::from_millis(1));
        Ok(self
            .mails
            .find(Mail::DUE.matching(&state).below(&after_now))
            .page(&PageRequest::default())
            .await?
            .items)
    }

    /// Moves a mail on, together with `writes`. `None` when somebody else moved it first; then nothing was written.
    pub(super) async fn advance(
        &self,
        read: &Stored<Mail>,
        next: Mail,
        writes: Batch,
    ) -> Result<Option<Stored<Mail>>, StoreError> {
        let id = *read.id();
        match self.store.commit(writes.replace(read, next.clone())).await {
            Ok(commit) => Ok(commit.stored(&id, next)),
            Err(StoreError::Stale { collection, id: stale })
                if collection == Mail::COLLECTION && stale == id.to_string() =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The mails that came to rest in a state, the newest first.
    pub(super) async fn at_rest(
        &self,
        state: MailState,
        page: &PageRequest,
    ) -> Result<Page<Stored<Mail>>, StoreError> {
        self.mails.find(Mail::AT_REST.matching(&state)).page(page).await
    }
}
