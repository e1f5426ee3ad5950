//! The receiver of events that the operator names.

use super::reader::Reader;
use super::settings::{Problem, Setting, settings};
use crate::utils::crypto::webhook::WebhookSecret;
use crate::values::{EventPattern, WebhookUrl};

impl Setting for WebhookUrl {
    /// The path of such an address may be a secret.
    const SECRET: bool = true;

    fn expects() -> String {
        "`https://` and an address without user name, password and fragment, up to 2048 characters".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        Self::parse(text).map_err(|violation| violation.message)
    }

    fn show(&self) -> String {
        format!("{}…", self.to_url().origin().ascii_serialization())
    }
}

/// The secrets that events are signed with: one, or two while the receiver changes from one to the other.
#[derive(Clone, Debug)]
pub struct WebhookSecrets(Vec<WebhookSecret>);

impl WebhookSecrets {
    /// Each of them.
    pub fn as_slice(&self) -> &[WebhookSecret] {
        &self.0
    }
}

impl Setting for WebhookSecrets {
    const SECRET: bool = true;

    fn expects() -> String {
        "`whsec_` and base64 of 24 to 64 random bytes (`echo whsec_$(openssl rand -base64 32)`); two of them, separated by \
         a comma, while the receiver changes from one to the other"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let secrets: Option<Vec<WebhookSecret>> =
            text.split(',').map(|one| WebhookSecret::parse(one.trim())).collect();
        match secrets {
            Some(secrets) if secrets.len() <= 2 => Ok(Self(secrets)),
            Some(_) => Err("has more than two secrets".into()),
            None => Err("is not a secret of that form".into()),
        }
    }

    fn show(&self) -> String {
        "(set)".to_owned()
    }
}

/// Which events are sent.
#[derive(Clone, Debug, Default)]
pub struct EventPatterns(Vec<EventPattern>);

impl EventPatterns {
    /// Each of them; none means every event.
    pub fn as_slice(&self) -> &[EventPattern] {
        &self.0
    }
}

impl Setting for EventPatterns {
    fn expects() -> String {
        "types of events separated by commas, each as in docs/events.md (`user.suspended`) or for a whole subject (`user.*`)"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let patterns = text.split(',').map(|one| EventPattern::parse(one.trim()));
        patterns.collect::<Result<_, _>>().map(Self).map_err(|violation| violation.message)
    }

    fn show(&self) -> String {
        let words: Vec<&str> = self.0.iter().map(EventPattern::as_str).collect();
        words.join(",")
    }
}

settings! {
    /// The settings of webhooks as the environment gives them.
    pub(super) struct WebhookSettings in "Webhooks" {
        /// Where every event of the audit is posted as it happens. More receivers can be added with the API.
        url: WebhookUrl = WEBHOOK_URL optional("no receiver is configured") like "https://app.example.org/hooks/palisade";
        /// The secret with which the receiver at `WEBHOOK_URL` checks that an event comes from this server.
        secrets: WebhookSecrets = WEBHOOK_SECRET optional("no receiver is configured") like "whsec_…";
        /// Only these events are sent to `WEBHOOK_URL`.
        events: EventPatterns = WEBHOOK_EVENTS optional("all events") like "user.*,session.replayed";
    }
}

/// The receiver of events that the operator names.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
    /// Its address.
    pub url: WebhookUrl,
    /// The secrets that both know.
    pub secrets: WebhookSecrets,
    /// The events that it gets; none means every event.
    pub events: EventPatterns,
}

impl WebhookConfig {
    /// `None` without such a receiver.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let WebhookSettings { url, secrets, events } = WebhookSettings::read(reader);
        let (has_url, has_secret) =
            (reader.is_given(WebhookSettings::WEBHOOK_URL), reader.is_given(WebhookSettings::WEBHOOK_SECRET));
        if has_url && !has_secret {
            reader.refuse(WebhookSettings::WEBHOOK_SECRET, "is not set, but WEBHOOK_URL is");
        }
        for (definition, is_given) in [
            (WebhookSettings::WEBHOOK_SECRET, has_secret),
            (WebhookSettings::WEBHOOK_EVENTS, reader.is_given(WebhookSettings::WEBHOOK_EVENTS)),
        ] {
            if is_given && !has_url {
                reader.refuse_for(
                    definition,
                    "is set without WEBHOOK_URL",
                    "no value, or WEBHOOK_URL beside it",
                );
            }
        }
        Some(Self { url: url?, secrets: secrets?, events: events.unwrap_or_default() })
    }
}
