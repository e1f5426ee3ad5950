//! One attempt to deliver one event, and the meaning of the answer.

use std::sync::OnceLock;
use std::time::Duration;

use palisade_core::config::OutboundConfig;
use palisade_core::errors::with_causes;
use palisade_core::output::View as _;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::webhook::{WebhookHeaders, WebhookSecret};
use palisade_core::values::WebhookUrl;
use palisade_lib::outbound::{Call, Outbound, OutboundError, OutboundOpenError};

use super::types::WebhookPayload;
use crate::audit::types::EventView;

/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How much of an answer is read, so that the connection can be used again.
const READ: usize = 64 * 1024;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Delivered,
    /// The receiver refused this event, or did not finish with it: the next one may succeed.
    Refused(String),
    /// The receiver as a whole cannot take events now. It may say for how long.
    Unreachable(String, Option<Duration>),
}

/// Calls receivers. Nothing is prepared before the first call.
#[derive(Debug)]
pub(super) struct Calls {
    config: OutboundConfig,
    outbound: OnceLock<Outbound>,
}

impl Calls {
    pub(super) fn new(config: OutboundConfig) -> Self {
        Self { config, outbound: OnceLock::new() }
    }

    fn outbound(&self) -> Result<&Outbound, OutboundOpenError> {
        if let Some(opened) = self.outbound.get() {
            return Ok(opened);
        }
        let opened = Outbound::open(&self.config)?;
        Ok(self.outbound.get_or_init(|| opened))
    }

    /// Whether an address may be called, as far as that is known before its name is looked up.
    pub(super) fn judge(&self, url: &WebhookUrl) -> Result<(), String> {
        let outbound = self.outbound().map_err(|error| with_causes(&error))?;
        outbound.judge(&url.to_url()).map_err(|error| error.to_string())
    }

    /// Posts an event once.
    pub(super) async fn post(
        &self,
        url: &WebhookUrl,
        secrets: &[WebhookSecret],
        event: &EventView,
        now: Timestamp,
    ) -> Outcome {
        let outbound = match self.outbound() {
            Ok(outbound) => outbound,
            Err(error) => return Outcome::Unreachable(with_causes(&error), None),
        };
        let (id, body) = (event.id.to_string(), WebhookPayload::of(event.clone()).to_json());
        let WebhookHeaders { timestamp, signature } = WebhookHeaders::sign(secrets, &id, now, &body);
        let call = Call::post_json(url.to_url(), body)
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .accept("*/*")
            .max_body(READ)
            .ignore_body()
            .within(PATIENCE);
        match outbound.send(call).await {
            Ok(answer) if answer.is_success() => Outcome::Delivered,
            Ok(answer) => judge(answer.status(), answer.retry_after()),
            // It is there, and was busy with this event.
            Err(error @ OutboundError::TimedOut(_)) => Outcome::Refused(error.to_string()),
            Err(error) => Outcome::Unreachable(with_causes(&error), None),
        }
    }
}

/// The meaning of a status that is not 200 to 299.
fn judge(status: u16, retry_after: Option<Duration>) -> Outcome {
    let reason = format!("the receiver answered with status {status}");
    match status {
        429 | 502..=504 => Outcome::Unreachable(reason, retry_after),
        // It is gone for good, or moved: a redirect is not followed, because it would carry events elsewhere.
        410 | 300..=399 => Outcome::Unreachable(reason, None),
        _ => Outcome::Refused(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_concerns_the_event_or_the_whole_receiver() {
        for status in [400, 401, 404, 409, 422, 500, 501] {
            assert!(matches!(judge(status, None), Outcome::Refused(_)), "{status}");
        }
        for status in [301, 307, 410, 429, 502, 503, 504] {
            assert!(matches!(judge(status, None), Outcome::Unreachable(_, None)), "{status}");
        }
        let wait = Some(Duration::from_secs(7));
        assert!(matches!(judge(503, wait), Outcome::Unreachable(_, said) if said == wait));
    }
}
