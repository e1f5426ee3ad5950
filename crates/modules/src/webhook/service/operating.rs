//! What the operator and the upkeep of the server ask for.

use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::identity::Operator;
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_lib::store::StoreError;

use super::{Inner, Service, ignore_stale};
use crate::webhook::types::{DeliveryState, DeliveryView, WebhookId, WebhookReportView};
use crate::webhook::views::{delivery_view, status, view};

impl Service {
    /// The number of enabled webhooks whose receiver fails.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn failing(&self) -> Result<u64, StoreError> {
        let webhooks = self.0.repository.list(&PageRequest::largest()).await?;
        let mut failing = 0;
        for webhook in webhooks.items.iter().filter(|webhook| webhook.value().is_enabled) {
            let progress = self.0.repository.progress(*webhook.id()).await?;
            failing += u64::from(progress.is_some_and(|progress| progress.value().failure.is_some()));
        }
        Ok(failing)
    }

    /// What [`list`](Self::list) gives, for an operator, with how far each is.
    ///
    /// # Errors
    /// 503.
    pub async fn list_as_operator(
        &self,
        _operator: &Operator<'_>,
    ) -> Result<Vec<WebhookReportView>, AppError> {
        let webhooks = self.0.repository.list(&PageRequest::largest()).await?.items;
        let mut reports = Vec::with_capacity(webhooks.len());
        for webhook in webhooks {
            let progress = self.0.repository.progress(*webhook.id()).await?;
            reports.push(WebhookReportView {
                webhook: view(&webhook),
                status: status(&webhook, progress.as_ref()),
            });
        }
        Ok(reports)
    }

    /// What [`deliveries`](Self::deliveries) gives, for an operator.
    ///
    /// # Errors
    /// As [`deliveries`](Self::deliveries).
    pub async fn deliveries_as_operator(
        &self,
        _operator: &Operator<'_>,
        (id, state): (WebhookId, DeliveryState),
        page: &PageRequest,
    ) -> Result<Page<DeliveryView>, AppError> {
        let webhook = self.find(id).await?;
        let found = self.0.repository.deliveries(*webhook.id(), state, page).await?;
        Ok(found.map(|delivery| delivery_view(&delivery)))
    }

    /// Removes webhooks for good that were deleted longer ago than this, with their deliveries; at most a page of them.
    /// Returns whether any is left.
    ///
    /// # Errors
    /// 503; what was removed until then stays removed.
    pub(crate) async fn purge(&self, retention: Duration) -> Result<bool, AppError> {
        let Inner { repository, .. } = self.0.as_ref();
        let before = repository.now().minus(retention);
        let page = repository.deleted_before(before, &PageRequest::default()).await?;
        for webhook in &page.items {
            if repository.clear(*webhook.id()).await? {
                return Ok(true);
            }
            ignore_stale(repository.purge(webhook, retention).await)?;
        }
        Ok(page.next.is_some())
    }
}
