//! The input and the views of the routes about webhooks.

use palisade_core::error_codes;
use palisade_core::system::time::Timestamp;
use palisade_core::values::{EventPattern, Field, ResponseField, Schema, Violation, WebhookUrl};
use palisade_core::{input, view};
use serde::{Deserialize, Serialize, Serializer};

use crate::audit::types::{AuditEventId, EventType, EventView};
use crate::revision::Revision;

palisade_core::id! {
    /// A webhook.
    pub WebhookId = "whk";
    /// A delivery that did not succeed at once.
    pub DeliveryId = "whd";
}

error_codes! {
    /// The error codes of this module.
    pub ERRORS;

    WEBHOOK_OF_ENVIRONMENT = 409, "This webhook is configured by WEBHOOK_URL: change the environment of the server",
        "The receiver that the operator names in the environment cannot be changed with the API.";
    TOO_MANY_WEBHOOKS = 409, "There are as many webhooks as there may be: delete one first",
        "A server has at most 20 webhooks.";
}

/// The patterns for all events about one kind of subject.
const SUBJECTS: [&str; 13] = [
    "api_key.*",
    "identity.*",
    "impersonation.*",
    "invitation.*",
    "key.*",
    "mail.*",
    "password_link.*",
    "session.*",
    "setup_link.*",
    "signing_key.*",
    "store.*",
    "user.*",
    "webhook.*",
];

/// A pattern that chooses at least one type of event. A stored one stays, even if a later release has no event for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventChoice(EventPattern);

impl EventChoice {
    fn of(pattern: EventPattern) -> Result<Self, Violation> {
        if EventType::ALL.iter().any(|kind| pattern.chooses(kind.as_str())) {
            return Ok(Self(pattern));
        }
        let message = format!("`{}` chooses no event: docs/events.md lists the types", pattern.as_str());
        Err(Violation::not_allowed(message))
    }
}

impl Field for EventChoice {
    fn schema() -> Schema {
        Schema::one_of(EventType::ALL.iter().map(|kind| kind.as_str()).chain(SUBJECTS))
    }

    fn from_text(text: String) -> Result<Self, Violation> {
        EventPattern::from_text(text).and_then(Self::of)
    }
}

impl ResponseField for EventChoice {
    fn schema() -> Schema {
        <EventPattern as ResponseField>::schema()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

palisade_core::list! {
    /// Which events a webhook gets: a set of patterns, sorted; an empty one chooses every event.
    pub EventList of EventChoice, 0..=32 set, schema |schema| schema.describe(
        "Types of events, or `user.*` for all about users. An empty list is every event. At most 32.",
    );
}

impl EventList {
    /// These patterns.
    ///
    /// # Errors
    /// One that chooses no type of event, or too many.
    pub fn of(patterns: &[EventPattern]) -> Result<Self, Violation> {
        Self::new(patterns.iter().cloned().map(EventChoice::of).collect::<Result<_, _>>()?)
    }

    /// Whether it chooses events of this type.
    pub fn chooses(&self, kind: EventType) -> bool {
        let chosen = self.as_slice();
        chosen.is_empty() || chosen.iter().any(|choice| choice.0.chooses(kind.as_str()))
    }

    /// The patterns, separated by spaces.
    pub(super) fn words(&self) -> String {
        let words: Vec<&str> = self.as_slice().iter().map(|choice| choice.0.as_str()).collect();
        words.join(" ")
    }
}

palisade_core::string_enum! {
    /// Who configured a webhook.
    pub WebhookSource {
        /// Somebody with the permission.
        Api = "api",
        /// The operator, in the environment.
        Environment = "environment",
    }
}

palisade_core::string_enum! {
    /// Whether events arrive.
    pub WebhookState {
        /// They do, as far as there are any.
        Delivering = "delivering",
        /// The receiver cannot be reached, or is not able to take them: they wait.
        Failing = "failing",
        /// Nothing is sent; what happens meanwhile is sent later.
        Disabled = "disabled",
    }
}

palisade_core::string_enum! {
    /// The state of a delivery that did not succeed at once.
    pub DeliveryState {
        /// It is tried again; later events about the same subject wait for it.
        Waiting = "waiting",
        /// It was given up a day after it first failed.
        Dead = "dead",
    }
}

view! {
    /// A receiver of events.
    pub struct WebhookView = "Webhook" {
        /// Its id.
        id: WebhookId,
        /// The address that events are posted to.
        url: WebhookUrl,
        /// The events that it gets; an empty list is every event.
        events: EventList,
        /// Whether events are sent.
        enabled: bool,
        /// Who configured it.
        source: WebhookSource,
        /// When it was created.
        created_at as "createdAt": Timestamp,
        /// When it was last changed.
        updated_at as "updatedAt": Timestamp,
        /// Rises with every change; send it back with a change.
        revision: i64,
    }
}

view! {
    /// How far the deliveries of a webhook are.
    pub struct WebhookStatusView = "WebhookStatus" {
        /// Whether events arrive.
        state: WebhookState,
        /// The time of the last event that was dealt with; `null` before the first.
        reached_at as "reachedAt": Option<Timestamp>,
        /// Since when the receiver has failed; `null` while it has not.
        failing_since as "failingSince": Option<Timestamp>,
        /// When the receiver is tried again; `null` while it has not failed.
        paused_until as "pausedUntil": Option<Timestamp>,
        /// Why the last attempt failed; `null` while none has.
        reason: Option<String>,
    }
}

view! {
    /// A webhook, and how far its deliveries are.
    pub struct WebhookReportView = "WebhookReport" {
        /// The webhook.
        webhook: WebhookView,
        /// How far it is.
        status: WebhookStatusView,
    }
}

view! {
    /// What a webhook sends, in the form that Standard Webhooks recommends: type, time, data.
    pub struct WebhookPayload = "WebhookPayload" {
        /// What happened, as in the event.
        kind as "type": EventType,
        /// When it happened.
        timestamp: Timestamp,
        /// The event.
        data: EventView,
    }
}

impl WebhookPayload {
    pub(super) fn of(event: EventView) -> Self {
        Self { kind: event.kind, timestamp: event.at, data: event }
    }
}

view! {
    /// A webhook with its secret, which is shown only in this answer.
    pub struct WebhookSecretView = "WebhookWithSecret" {
        /// The webhook.
        webhook: WebhookView,
        /// The secret with which the receiver checks signatures (Standard Webhooks): `whsec_` and base64.
        secret: String,
    }
}

view! {
    /// A delivery that did not succeed at once.
    pub struct DeliveryView = "WebhookDelivery" {
        /// Its id.
        id: DeliveryId,
        /// The event, by its id.
        event_id as "eventId": AuditEventId,
        /// When the event happened.
        happened_at as "happenedAt": Timestamp,
        /// Whether it is tried again.
        state: DeliveryState,
        /// How often it was tried; 0 while it waits for an earlier event about the same subject.
        attempts: i64,
        /// When it is tried next, or was given up.
        due_at as "dueAt": Timestamp,
        /// Why the last attempt failed.
        reason: Option<String>,
    }
}

view! {
    /// How many deliveries are tried again.
    pub struct ReplayView = "WebhookReplay" {
        /// Their number.
        deliveries: i64,
    }
}

input! {
    /// The webhooks to list.
    pub struct ListWebhooks {} with page
}

input! {
    /// The id of the webhook.
    pub struct WebhookPath {
        path { id: WebhookId }
    }
}

input! {
    /// Creates a webhook.
    pub struct CreateWebhook {
        body { url: WebhookUrl, events: Option<EventList> }
    }
}

input! {
    /// Changes a webhook; what is not named stays.
    pub struct ChangeWebhook {
        path { id: WebhookId }
        body {
            url: Option<WebhookUrl>,
            events: Option<EventList>,
            enabled: Option<bool>,
            revision: Revision,
        }
    }
}

input! {
    /// The deliveries of a webhook to list: those that wait, unless it says otherwise.
    pub struct ListDeliveries {
        path { id: WebhookId }
        query { state: Option<DeliveryState> }
    } with page
}

#[cfg(test)]
mod tests {
    use palisade_core::values::{Json, ViolationCode};

    use super::*;

    fn list(words: &[&str]) -> Json {
        Json::Array(words.iter().map(|word| Json::String((*word).to_owned())).collect())
    }

    #[test]
    fn every_subject_has_its_pattern() {
        let subject = |kind: &EventType| format!("{}.*", kind.as_str().split('.').next().expect("a subject"));
        let mut subjects: Vec<String> = EventType::ALL.iter().map(subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!(subjects, SUBJECTS);
    }

    #[test]
    fn a_list_of_events_is_a_bounded_set_of_known_ones() {
        let read = EventList::from_json(list(&["user.*", "session.replayed", "user.*"])).expect("a list");
        assert_eq!(read.words(), "session.replayed user.*");
        assert!(read.chooses(EventType::UserSuspended) && read.chooses(EventType::SessionReplayed));
        assert!(!read.chooses(EventType::SessionStarted));
        assert!(EventList::default().chooses(EventType::SessionStarted), "an empty list is every event");
        let code = |value| EventList::from_json(value).expect_err("refused").code;
        assert_eq!(code(Json::String("user.*".to_owned())), ViolationCode::InvalidType);
        assert_eq!(code(list(&["user.exploded"])), ViolationCode::NotAllowed);
        assert_eq!(code(list(&["users.*"])), ViolationCode::NotAllowed);
        assert_eq!(code(list(&["*"])), ViolationCode::TooShort);
        assert_eq!(code(list(&["user.*"; 33])), ViolationCode::TooLong);
        assert!(serde_json::from_str::<EventList>(r#"["user.exploded"]"#).is_ok(), "a stored pattern stays");
    }
}
