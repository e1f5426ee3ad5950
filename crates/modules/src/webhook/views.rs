//! From stored documents to answers.

use palisade_lib::store::Stored;

use super::schema::{Delivery, Progress, Webhook};
use super::types::{DeliveryView, WebhookState, WebhookStatusView, WebhookView};

pub(super) fn view(stored: &Stored<Webhook>) -> WebhookView {
    let Webhook { url, events, source, is_enabled, .. } = stored.value().clone();
    WebhookView {
        id: *stored.id(),
        url,
        events,
        enabled: is_enabled,
        source,
        created_at: stored.created_at(),
        updated_at: stored.updated_at(),
        revision: stored.revision(),
    }
}

pub(super) fn status(webhook: &Stored<Webhook>, progress: Option<&Stored<Progress>>) -> WebhookStatusView {
    let failure = progress.and_then(|progress| progress.value().failure.clone());
    let state = match &failure {
        _ if !webhook.value().is_enabled => WebhookState::Disabled,
        Some(_) => WebhookState::Failing,
        None => WebhookState::Delivering,
    };
    WebhookStatusView {
        state,
        reached_at: progress.and_then(|progress| progress.value().reached_at),
        failing_since: failure.as_ref().map(|failure| failure.since),
        paused_until: failure.as_ref().map(|failure| failure.paused_until),
        reason: failure.map(|failure| failure.reason),
    }
}

pub(super) fn delivery_view(stored: &Stored<Delivery>) -> DeliveryView {
    let Delivery { event, happened_at, state, attempts, due_at, reason, .. } = stored.value().clone();
    DeliveryView { id: *stored.id(), event_id: event, happened_at, state, attempts, due_at, reason }
}
