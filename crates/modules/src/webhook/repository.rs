//! The queries and writes about webhooks. Every write is one decision, all or nothing.

use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_lib::store::{Batch, Collection, Store, StoreError, Stored};

use super::schema::{Delivery, Progress, Webhook};
use super::types::{DeliveryId, DeliveryState, WebhookId};
use crate::staged::Staged;

/// What a round changes about deliveries. All of it is written with the progress that it belongs to.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    pub(super) added: Vec<(DeliveryId, Delivery)>,
    pub(super) changed: Vec<(Stored<Delivery>, Delivery)>,
    pub(super) finished: Vec<Stored<Delivery>>,
}

/// The collections of webhooks.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    store: Store,
    webhooks: Collection<Webhook>,
    progress: Collection<Progress>,
    deliveries: Collection<Delivery>,
}

impl Repository {
    pub(super) fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            store: store.clone(),
            webhooks: store.collection()?,
            progress: store.collection()?,
            deliveries: store.collection()?,
        })
    }

    /// The time by the store's clock.
    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// A page of webhooks, the newest first.
    pub(super) async fn list(&self, page: &PageRequest) -> Result<Page<Stored<Webhook>>, StoreError> {
        self.webhooks.find(Webhook::NEWEST.all()).page(page).await
    }

    /// A webhook that is not deleted.
    pub(super) async fn get(&self, id: WebhookId) -> Result<Option<Stored<Webhook>>, StoreError> {
        self.webhooks.get(&id).await
    }

    /// The same, or deleted.
    pub(super) async fn get_including_deleted(
        &self,
        id: WebhookId,
    ) -> Result<Option<Stored<Webhook>>, StoreError> {
        self.webhooks.including_deleted().get(&id).await
    }

    /// A new webhook, which begins at this progress. Fails as a duplicate if there is one, also a deleted one.
    pub(super) async fn add(
        &self,
        id: WebhookId,
        webhook: Webhook,
        progress: Progress,
        event: Staged,
    ) -> Result<Stored<Webhook>, StoreError> {
        let batch = Batch::from(event).insert(&id, webhook.clone()).insert(&id, progress);
        self.commit_webhook(batch, id, webhook).await
    }

    /// Another value for a webhook.
    pub(super) async fn change(
        &self,
        read: &Stored<Webhook>,
        webhook: Webhook,
        event: Staged,
    ) -> Result<Stored<Webhook>, StoreError> {
        let batch = Batch::from(event).replace(read, webhook.clone());
        self.commit_webhook(batch, *read.id(), webhook).await
    }

    /// Restores a deleted webhook, which begins at this progress.
    pub(super) async fn restore(
        &self,
        read: &Stored<Webhook>,
        progress: Progress,
        event: Staged,
    ) -> Result<(), StoreError> {
        let batch = Batch::from(event).restore(read);
        let batch = match self.progress(*read.id()).await? {
            Some(stored) => batch.replace(&stored, progress),
            None => batch.insert(read.id(), progress),
        };
        self.store.commit(batch).await.map(drop)
    }

    async fn commit_webhook(
        &self,
        batch: Batch,
        id: WebhookId,
        webhook: Webhook,
    ) -> Result<Stored<Webhook>, StoreError> {
        let commit = self.store.commit(batch).await?;
        commit.stored(&id, webhook).ok_or(StoreError::Undeclared { collection: "webhooks" })
    }

    /// Deletes a webhook.
    pub(super) async fn delete(&self, read: &Stored<Webhook>, event: Staged) -> Result<(), StoreError> {
        self.store.commit(Batch::from(event).delete(read)).await.map(drop)
    }

    /// A page of the webhooks that were deleted before a time.
    pub(super) async fn deleted_before(
        &self,
        time: Timestamp,
        page: &PageRequest,
    ) -> Result<Page<Stored<Webhook>>, StoreError> {
        self.webhooks.deleted_before(time).page(page).await
    }

    /// Removes a webhook for good that was deleted at least `retention` ago.
    pub(super) async fn purge(&self, read: &Stored<Webhook>, retention: Duration) -> Result<(), StoreError> {
        self.store.commit(Batch::new().purge(read, retention)).await.map(drop)
    }

    /// How far a webhook is.
    pub(super) async fn progress(&self, id: WebhookId) -> Result<Option<Stored<Progress>>, StoreError> {
        self.progress.get(&id).await
    }

    /// The first progress of a webhook whose last one has ended. Fails as a duplicate if there is one.
    pub(super) async fn begin(&self, id: WebhookId, progress: Progress) -> Result<(), StoreError> {
        self.store.commit(Batch::new().insert(&id, progress)).await.map(drop)
    }

    /// Moves a webhook on, with what follows for deliveries. `None` if somebody else has moved it: then nothing was written.
    pub(super) async fn advance(
        &self,
        read: &Stored<Progress>,
        progress: Progress,
        deliveries: Deliveries,
    ) -> Result<Option<Stored<Progress>>, StoreError> {
        let Deliveries { added, changed, finished } = deliveries;
        let mut batch = Batch::new().replace(read, progress.clone());
        for (id, delivery) in added {
            batch = batch.insert(&id, delivery);
        }
        for (stored, delivery) in changed {
            batch = batch.replace(&stored, delivery);
        }
        for stored in finished {
            batch = batch.remove(&stored);
        }
        match self.store.commit(batch).await {
            Ok(commit) => Ok(commit.stored(read.id(), progress)),
            Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends everything again from a time on.
    pub(super) async fn rewind(
        &self,
        read: &Stored<Progress>,
        progress: Progress,
        event: Staged,
    ) -> Result<(), StoreError> {
        self.store.commit(Batch::from(event).replace(read, progress)).await.map(drop)
    }

    /// A page of the deliveries of a webhook in one state, the oldest first.
    pub(super) async fn deliveries(
        &self,
        webhook: WebhookId,
        state: DeliveryState,
        page: &PageRequest,
    ) -> Result<Page<Stored<Delivery>>, StoreError> {
        self.deliveries.find(Delivery::BY_STATE.matching(&webhook, &state)).page(page).await
    }

    /// Up to so many of the deliveries that wait, the oldest first.
    pub(super) async fn waiting(
        &self,
        webhook: WebhookId,
        most: PageSize,
    ) -> Result<Vec<Stored<Delivery>>, StoreError> {
        let page = PageRequest::new(most, None);
        Ok(self.deliveries(webhook, DeliveryState::Waiting, &page).await?.items)
    }

    /// Makes deliveries wait again, and records it. Fails as stale if one of them changed.
    pub(super) async fn wake(
        &self,
        deliveries: Vec<(Stored<Delivery>, Delivery)>,
        event: Staged,
    ) -> Result<(), StoreError> {
        let replace =
            |batch: Batch, (stored, delivery): (Stored<Delivery>, Delivery)| batch.replace(&stored, delivery);
        self.store.commit(deliveries.into_iter().fold(Batch::from(event), replace)).await.map(drop)
    }

    /// Removes the deliveries and the progress of a webhook that is gone, a page at a time. Returns whether any is left.
    pub(super) async fn clear(&self, webhook: WebhookId) -> Result<bool, StoreError> {
        let page = PageRequest::new(PageSize::nearest(50), None);
        let mut batch = Batch::new();
        for state in [DeliveryState::Waiting, DeliveryState::Dead] {
            let found = self.deliveries(webhook, state, &page).await?;
            batch = found.items.iter().fold(batch, Batch::remove);
        }
        if batch.is_empty() {
            let progress = self.progress(webhook).await?;
            batch = progress.iter().fold(batch, Batch::remove);
        }
        let is_any_left = !batch.is_empty();
        match self.store.commit(batch).await {
            Ok(_) | Err(StoreError::Stale { .. }) => Ok(is_any_left),
            Err(error) => Err(error),
        }
    }
}
