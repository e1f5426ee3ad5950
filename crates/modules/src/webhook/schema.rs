//! The stored documents of webhooks: the receivers, how far each is, and the deliveries that did not succeed at once.

use palisade_core::system::time::Timestamp;
use palisade_core::values::WebhookUrl;
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _};
use serde::{Deserialize, Serialize};

use super::types::{DeliveryId, DeliveryState, EventList, WebhookId, WebhookSource};
use crate::audit::types::AuditEventId;

/// A receiver of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Webhook {
    pub(super) url: WebhookUrl,
    pub(super) events: EventList,
    pub(super) source: WebhookSource,
    pub(super) is_enabled: bool,
    /// The secret is derived from this and a key of the deployment: it is stored nowhere.
    pub(super) seed: String,
    pub(super) earlier: Option<EarlierSecret>,
}

/// A secret that was replaced, and is valid for a while yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EarlierSecret {
    pub(super) seed: String,
    pub(super) valid_until: Timestamp,
}

collection! {
    Webhook in "webhooks" {
        id: WebhookId,
        version: 1,
        kind: soft(purge: by("the service of webhooks, after the retention")),
        pub(super) index NEWEST: newest_first;
    }
}

/// How far a webhook is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Progress {
    /// Earlier events are not sent.
    pub(super) since: Timestamp,
    /// The cursor behind the last page of events that was dealt with.
    pub(super) after: Option<String>,
    /// Of the page behind the cursor, the events that were dealt with.
    pub(super) done: Vec<AuditEventId>,
    /// The time of the last event that was dealt with.
    pub(super) reached_at: Option<Timestamp>,
    /// Until then the worker that moved this last is alone with this webhook.
    pub(super) leased_until: Timestamp,
    /// While the receiver as a whole fails.
    pub(super) failure: Option<Failure>,
    pub(super) expires_at: Timestamp,
}

/// That a receiver fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failure {
    pub(super) since: Timestamp,
    /// Failed attempts in a row.
    pub(super) attempts: i64,
    pub(super) paused_until: Timestamp,
    /// Without the address.
    pub(super) reason: String,
}

collection! {
    Progress in "webhook_progress" {
        id: WebhookId,
        version: 1,
        kind: ephemeral("a place in the audit is worth nothing once the events behind it are gone", |progress| progress.expires_at),
    }
}

/// A delivery that did not succeed at once, or waits behind one that did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    pub(super) webhook: WebhookId,
    /// What its events are ordered by: the user or the thing that they concern.
    pub(super) line: String,
    pub(super) event: AuditEventId,
    pub(super) happened_at: Timestamp,
    pub(super) state: DeliveryState,
    pub(super) attempts: i64,
    pub(super) due_at: Timestamp,
    /// `None` before its own first attempt.
    pub(super) failed_since: Option<Timestamp>,
    /// Without the address.
    pub(super) reason: Option<String>,
    /// When the event ends.
    pub(super) expires_at: Timestamp,
}

collection! {
    Delivery in "webhook_deliveries" {
        id: DeliveryId,
        version: 1,
        kind: ephemeral("it ends with its event", |delivery| delivery.expires_at),
        pub(super) index BY_STATE: (webhook: WebhookId, state: DeliveryState) oldest_first;
    }
}

/// The collections of this module.
pub(crate) const COLLECTIONS: [&CollectionDef; 3] = [Webhook::DEF, Progress::DEF, Delivery::DEF];
