//! The receiver that the environment names.

use palisade_core::errors::AppError;
use palisade_core::utils::crypto::random::sha256;
use palisade_core::utils::pagination::PageRequest;
use palisade_core::values::{Id as _, WebhookUrl};
use palisade_lib::store::{StoreError, Stored};

use super::{Inner, Service, ignore_stale};
use crate::audit::Act;
use crate::audit::types::EventType;
use crate::webhook::schema::Webhook;
use crate::webhook::secrets::Secrets;
use crate::webhook::types::{WebhookId, WebhookSource};
use crate::webhook::worker::begin_at;

impl Service {
    /// Makes the webhook of the environment what the environment says, and deletes one that it no longer names.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn adopt_environment(&self) -> Result<(), AppError> {
        const JOB: &str = "WEBHOOK_URL";
        let Inner { repository, audit, configured, rng, .. } = self.0.as_ref();
        let wanted = configured.as_ref().map(|(url, events)| (id_of(url), url, events));
        for other in self.of_environment().await? {
            if wanted.as_ref().is_some_and(|(id, ..)| id == other.id()) {
                continue;
            }
            let event = Act::of_system(JOB).did(EventType::WebhookDeleted).about(other.id());
            ignore_stale(repository.delete(&other, audit.stage(event)).await)?;
        }
        let Some((id, url, events)) = wanted else { return Ok(()) };
        let event = |kind| audit.stage(Act::of_system(JOB).did(kind).about(&id));
        let webhook = Webhook {
            url: url.clone(),
            events: events.clone(),
            source: WebhookSource::Environment,
            is_enabled: true,
            seed: Secrets::seed(rng.as_ref()),
            earlier: None,
        };
        let read = repository.get_including_deleted(id).await?;
        let written = match read {
            None => {
                let first = begin_at(repository.now(), audit);
                repository.add(id, webhook, first, event(EventType::WebhookCreated)).await.map(drop)
            }
            Some(read) if read.deleted_at().is_some() => {
                let first = begin_at(repository.now(), audit);
                repository.restore(&read, first, event(EventType::WebhookCreated)).await
            }
            Some(read) if read.value().events != webhook.events => {
                let changed = Webhook { events: webhook.events, ..read.value().clone() };
                repository.change(&read, changed, event(EventType::WebhookChanged)).await.map(drop)
            }
            Some(_) => Ok(()),
        };
        ignore_stale(written)
    }

    async fn of_environment(&self) -> Result<Vec<Stored<Webhook>>, StoreError> {
        let webhooks = self.0.repository.list(&PageRequest::largest()).await?.items;
        Ok(webhooks
            .into_iter()
            .filter(|webhook| webhook.value().source == WebhookSource::Environment)
            .collect())
    }
}

/// The webhook of an address in the environment: another address is another webhook, which begins when it is named first.
#[expect(clippy::expect_used, reason = "32 hexadecimal digits are the form of an id")]
fn id_of(url: &WebhookUrl) -> WebhookId {
    use std::fmt::Write as _;
    let hash = sha256(&[url.as_str().as_bytes()]);
    let digits = hash.iter().take(16).fold(String::new(), |mut digits, byte| {
        // Writing to a text cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    });
    WebhookId::parse(&format!("{}_{digits}", WebhookId::PREFIX)).expect("an id")
}
