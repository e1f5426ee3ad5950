//! Managing webhooks, for users with the permission.

mod environment;
mod operating;
mod replaying;

use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::{OutboundConfig, WebhookConfig};
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Granted, GrantedInPerson};
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::keyring::Keyring;
use palisade_core::utils::crypto::secret::ExposeSecret as _;
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_core::values::{Id as _, Violation, WebhookUrl};
use palisade_lib::store::{Store, StoreError, Stored};

use super::receiver::Calls;
use super::repository::Repository;
use super::schema::{EarlierSecret, Webhook};
use super::secrets::Secrets;
use super::tally::Tally;
use super::types::{
    ChangeWebhook, CreateWebhook, DeliveryState, DeliveryView, EventList, ListDeliveries, ListWebhooks,
    TOO_MANY_WEBHOOKS, WEBHOOK_OF_ENVIRONMENT, WebhookId, WebhookPath, WebhookReportView, WebhookSecretView,
    WebhookSource, WebhookView,
};
use super::views::{delivery_view, status, view};
use super::worker::{Parts, Worker, begin_at};
use crate::audit::types::EventType;
use crate::audit::{self, Act, Event};
use crate::permissions::WebhookManage;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::user::types::REVISION_MISMATCH;

/// The most webhooks of a server: each follows the whole audit.
const MOST: usize = 20;
/// How long a replaced secret still signs.
const OVERLAP: Duration = Duration::from_hours(24);

/// The service of webhooks. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    repository: Repository,
    audit: audit::Service,
    calls: Arc<Calls>,
    secrets: Secrets,
    tally: Arc<Tally>,
    /// The receiver that the environment names.
    configured: Option<(WebhookUrl, EventList)>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Service {
    pub(crate) fn new(
        store: &Store,
        keyring: &Keyring,
        (webhook, outbound): (Option<&WebhookConfig>, &OutboundConfig),
        audit: audit::Service,
        (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>),
    ) -> Result<Self, StoreError> {
        let secrets = webhook.map(|webhook| webhook.secrets.as_slice().to_vec()).unwrap_or_default();
        // `judge` has refused patterns that choose nothing.
        let configured = webhook.map(|webhook| {
            (webhook.url.clone(), EventList::of(webhook.events.as_slice()).unwrap_or_default())
        });
        Ok(Self(Arc::new(Inner {
            repository: Repository::new(store)?,
            audit,
            calls: Arc::new(Calls::new(outbound.clone())),
            secrets: Secrets::new(keyring, secrets),
            tally: Arc::default(),
            configured,
            clock,
            rng,
        })))
    }

    /// A worker that delivers. Several may run, in one process or in many: only one at a time has a webhook.
    pub(crate) fn worker(&self) -> Worker {
        let Inner { repository, audit, calls, secrets, tally, clock, rng, .. } = self.0.as_ref();
        Worker(Arc::new(Parts {
            repository: repository.clone(),
            audit: audit.clone(),
            calls: Arc::clone(calls),
            secrets: secrets.clone(),
            tally: Arc::clone(tally),
            clock: Arc::clone(clock),
            rng: Arc::clone(rng),
        }))
    }

    /// How often this process tried to deliver events, by outcome.
    pub(crate) fn tally(&self) -> [(&'static str, u64); 3] {
        self.0.tally.read()
    }

    /// A page of webhooks, the newest first.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503.
    pub async fn list(
        &self,
        _by: Granted<WebhookManage>,
        input: ListWebhooks,
    ) -> Result<Page<WebhookView>, AppError> {
        Ok(self.0.repository.list(&input.page).await?.map(|webhook| view(&webhook)))
    }

    /// Creates a webhook, which gets the events from now on. The secret is shown only here.
    ///
    /// # Errors
    /// 400 for an address that may not be called; `TOO_MANY_WEBHOOKS`; 503.
    pub async fn create(
        &self,
        by: GrantedInPerson<WebhookManage>,
        input: CreateWebhook,
    ) -> Result<WebhookSecretView, AppError> {
        let Inner { repository, audit, secrets, clock, rng, .. } = self.0.as_ref();
        let CreateWebhook { url, events } = input;
        self.judge(&url)?;
        if repository.list(&PageRequest::largest()).await?.items.len() >= MOST {
            return Err(AppError::new(&TOO_MANY_WEBHOOKS));
        }
        let id = WebhookId::generate(clock.as_ref(), rng.as_ref());
        let webhook = Webhook {
            url,
            events: events.unwrap_or_default(),
            source: WebhookSource::Api,
            is_enabled: true,
            seed: Secrets::seed(rng.as_ref()),
            earlier: None,
        };
        let secret = secrets.of(id, &webhook.seed).to_text().expose_secret().to_owned();
        let event = audit.stage(Act::of(by.user()).did(EventType::WebhookCreated).about(&id));
        let stored = repository.add(id, webhook, begin_at(repository.now(), audit), event).await?;
        tracing::info!(user_id = %by.user().user_id(), webhook = %id, "created a webhook");
        Ok(WebhookSecretView { webhook: view(&stored), secret })
    }

    /// A webhook, and how far it is.
    ///
    /// # Errors
    /// 404; 503.
    pub async fn show(
        &self,
        _by: Granted<WebhookManage>,
        input: WebhookPath,
    ) -> Result<WebhookReportView, AppError> {
        self.report(input.id).await
    }

    async fn report(&self, id: WebhookId) -> Result<WebhookReportView, AppError> {
        let webhook = self.find(id).await?;
        let progress = self.0.repository.progress(id).await?;
        Ok(WebhookReportView { webhook: view(&webhook), status: status(&webhook, progress.as_ref()) })
    }

    /// Changes a webhook. One that is enabled again gets what happened meanwhile.
    ///
    /// # Errors
    /// 404; 400 for an address that may not be called; `WEBHOOK_OF_ENVIRONMENT`; `REVISION_MISMATCH`; 503.
    pub async fn change(
        &self,
        by: GrantedInPerson<WebhookManage>,
        input: ChangeWebhook,
    ) -> Result<WebhookView, AppError> {
        let ChangeWebhook { id, url, events, enabled, revision } = input;
        let read = self.find_changeable(id).await?;
        if read.revision() != revision.get() {
            return Err(outdated());
        }
        if let Some(url) = &url {
            self.judge(url)?;
        }
        let before = read.value();
        let after = Webhook {
            url: url.unwrap_or_else(|| before.url.clone()),
            events: events.unwrap_or_else(|| before.events.clone()),
            is_enabled: enabled.unwrap_or(before.is_enabled),
            ..before.clone()
        };
        if after == *before {
            return Ok(view(&read));
        }
        let event = describe(before, &after, Act::of(by.user()).did(EventType::WebhookChanged).about(&id));
        match self.0.repository.change(&read, after, self.0.audit.stage(event)).await {
            Ok(changed) => {
                tracing::info!(user_id = %by.user().user_id(), webhook = %id, "changed a webhook");
                Ok(view(&changed))
            }
            Err(StoreError::Stale { .. }) => Err(outdated()),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a webhook another secret. For a day events are signed with both.
    ///
    /// # Errors
    /// 404; `WEBHOOK_OF_ENVIRONMENT`; 503.
    pub async fn rotate_secret(
        &self,
        by: GrantedInPerson<WebhookManage>,
        input: WebhookPath,
    ) -> Result<WebhookSecretView, AppError> {
        let Inner { repository, audit, secrets, rng, .. } = self.0.as_ref();
        let rotated = retry_on_stale(rng.as_ref(), || async {
            let read = self.find_changeable(input.id).await?;
            let valid_until = repository.now().plus(OVERLAP);
            let earlier = Some(EarlierSecret { seed: read.value().seed.clone(), valid_until });
            let webhook = Webhook { seed: Secrets::seed(rng.as_ref()), earlier, ..read.value().clone() };
            let event = Act::of(by.user()).did(EventType::WebhookSecretRotated).about(&input.id);
            let changed = repository.change(&read, webhook, audit.stage(event)).await;
            changed.map_or_else(Attempt::unless_stale, |changed| Ok::<_, AppError>(Attempt::Done(changed)))
        });
        let changed = rotated.await?.ok_or_else(contended)?;
        tracing::info!(user_id = %by.user().user_id(), webhook = %input.id, "gave a webhook another secret");
        let secret = secrets.of(input.id, &changed.value().seed).to_text().expose_secret().to_owned();
        Ok(WebhookSecretView { webhook: view(&changed), secret })
    }

    /// Deletes a webhook: nothing is sent from now on.
    ///
    /// # Errors
    /// 404; `WEBHOOK_OF_ENVIRONMENT`; 503.
    pub async fn delete(
        &self,
        by: GrantedInPerson<WebhookManage>,
        input: WebhookPath,
    ) -> Result<(), AppError> {
        let Inner { repository, audit, rng, .. } = self.0.as_ref();
        let deleted = retry_on_stale(rng.as_ref(), || async {
            let read = self.find_changeable(input.id).await?;
            let event = Act::of(by.user()).did(EventType::WebhookDeleted).about(&input.id);
            let deleted = repository.delete(&read, audit.stage(event)).await;
            deleted.map_or_else(Attempt::unless_stale, |()| Ok::<_, AppError>(Attempt::Done(())))
        });
        deleted.await?.ok_or_else(contended)?;
        tracing::info!(user_id = %by.user().user_id(), webhook = %input.id, "deleted a webhook");
        Ok(())
    }

    /// A page of the deliveries that did not succeed at once, the oldest first.
    ///
    /// # Errors
    /// 404; 400 for a cursor of another list; 503.
    pub async fn deliveries(
        &self,
        _by: Granted<WebhookManage>,
        input: ListDeliveries,
    ) -> Result<Page<DeliveryView>, AppError> {
        let webhook = self.find(input.id).await?;
        let state = input.state.unwrap_or(DeliveryState::Waiting);
        let found = self.0.repository.deliveries(*webhook.id(), state, &input.page).await?;
        Ok(found.map(|delivery| delivery_view(&delivery)))
    }

    async fn find(&self, id: WebhookId) -> Result<Stored<Webhook>, AppError> {
        self.0.repository.get(id).await?.ok_or_else(|| AppError::new(&codes::NOT_FOUND))
    }

    async fn find_changeable(&self, id: WebhookId) -> Result<Stored<Webhook>, AppError> {
        let read = self.find(id).await?;
        match read.value().source {
            WebhookSource::Api => Ok(read),
            WebhookSource::Environment => Err(AppError::new(&WEBHOOK_OF_ENVIRONMENT)),
        }
    }

    /// Refuses an address that can never be called, where somebody still reads the answer.
    fn judge(&self, url: &WebhookUrl) -> Result<(), AppError> {
        self.0.calls.judge(url).map_err(|problem| {
            let violation = Violation::not_allowed(format!("cannot be called: {problem}"));
            AppError::validation(vec![violation.at("url")])
        })
    }
}

/// An address may contain a secret: only the fact that it changed is kept.
fn describe(before: &Webhook, after: &Webhook, event: Event) -> Event {
    let event = if before.url == after.url { event } else { event.changing_personal("url") };
    let event = if before.events == after.events {
        event
    } else {
        event.changing("events", &before.events.words(), &after.events.words())
    };
    if before.is_enabled == after.is_enabled {
        return event;
    }
    event.changing("enabled", &before.is_enabled.to_string(), &after.is_enabled.to_string())
}

fn outdated() -> AppError {
    let message = "This webhook has changed meanwhile. Read it again, then decide again";
    AppError::new(&REVISION_MISMATCH).with_message(message)
}

fn contended() -> AppError {
    lost_every_race("a webhook changed faster than it could be changed")
}

/// Another instance did the same.
fn ignore_stale(written: Result<(), StoreError>) -> Result<(), AppError> {
    match written {
        Ok(()) | Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
