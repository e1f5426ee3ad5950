//! The seal that makes the outbox unreadable in the store.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::ports::Rng;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::keyring::Keyring;
use palisade_core::utils::crypto::purpose::Purpose;
use palisade_core::utils::crypto::seal::TokenSealer;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::schema::{MailId, MailState};

/// Seals intents and messages, each to its mail and its state: content that was moved to another document cannot be
/// opened.
#[derive(Clone, Debug)]
pub(super) struct OutboxSeal {
    sealer: TokenSealer,
    rng: Arc<dyn Rng>,
}

#[derive(Serialize)]
struct Outgoing<'a, T> {
    mail: MailId,
    state: MailState,
    purpose: &'a str,
    content: &'a T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Incoming<T> {
    mail: MailId,
    state: MailState,
    purpose: String,
    content: T,
}

impl OutboxSeal {
    pub(super) fn new(keyring: &Keyring, rng: Arc<dyn Rng>) -> Self {
        Self { sealer: keyring.sealer(Purpose::OutboxSeal), rng }
    }

    /// Seals the content of a mail.
    pub(super) fn seal<T: Serialize>(
        &self,
        mail: MailId,
        state: MailState,
        purpose: &str,
        content: &T,
    ) -> Result<String, AppError> {
        let outgoing = Outgoing { mail, state, purpose, content };
        // It expires with its document.
        let sealed = self.sealer.seal(self.rng.as_ref(), &outgoing, Timestamp::FAR_FUTURE);
        sealed.map_err(AppError::internal)
    }

    /// Opens the content of a mail. `None` if it was not sealed for this mail in this state.
    pub(super) fn open<T: DeserializeOwned>(
        &self,
        mail: MailId,
        state: MailState,
        purpose: &str,
        sealed: &str,
        now: Timestamp,
    ) -> Option<T> {
        let incoming: Incoming<T> = self.sealer.open(sealed, now).ok()?;
        let fits = incoming.mail == mail && incoming.state == state && incoming.purpose == purpose;
        fits.then_some(incoming.content)
    }
}
