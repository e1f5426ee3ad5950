//! The secrets that events are signed with.

use palisade_core::ports::Rng;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::keyring::{Keyring, MacKey};
use palisade_core::utils::crypto::purpose::Purpose;
use palisade_core::utils::crypto::random::{encode_base64url, random_array};
use palisade_core::utils::crypto::webhook::WebhookSecret;

use super::schema::Webhook;
use super::types::{WebhookId, WebhookSource};

/// Derives the secret of a webhook from its id, its seed and a key of the deployment, so that neither a copy of the database
/// nor the environment alone can sign.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    key: MacKey,
    /// Those that the operator shares with the receiver in the environment.
    configured: Vec<WebhookSecret>,
}

impl Secrets {
    pub(super) fn new(keyring: &Keyring, configured: Vec<WebhookSecret>) -> Self {
        Self { key: keyring.mac(Purpose::WebhookSecrets), configured }
    }

    /// A new seed.
    pub(super) fn seed(rng: &dyn Rng) -> String {
        encode_base64url(random_array::<16>(rng))
    }

    /// The secret of this seed.
    pub(super) fn of(&self, id: WebhookId, seed: &str) -> WebhookSecret {
        WebhookSecret::of(self.key.tag(format!("{id}.{seed}").as_bytes()))
    }

    /// Every secret of a webhook that is valid now, the newest first.
    pub(super) fn valid(&self, id: WebhookId, webhook: &Webhook, now: Timestamp) -> Vec<WebhookSecret> {
        if webhook.source == WebhookSource::Environment {
            return self.configured.clone();
        }
        let earlier = webhook.earlier.as_ref().filter(|earlier| now < earlier.valid_until);
        let seeds = std::iter::once(&webhook.seed).chain(earlier.map(|earlier| &earlier.seed));
        seeds.map(|seed| self.of(id, seed)).collect()
    }
}
