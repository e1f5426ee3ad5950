//! The sealed notes of a browser that signs in through a provider: its attempts, and the identity that it brought.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::{AttemptName, SealedCookieKind, SetCookie};
use palisade_core::errors::AppError;
use palisade_core::identity::SessionId;
use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::keyring::Keyring;
use palisade_core::utils::crypto::purpose::Purpose;
use palisade_core::utils::crypto::random::{encode_base64url, random_array};
use palisade_core::utils::crypto::seal::TokenSealer;
use serde::{Deserialize, Serialize};

use super::schema::{PendingIdentityId, TicketKey};
use super::types::{AttemptCookies, PendingCookie};

/// The most attempts that a browser can have at once; one more replaces the oldest.
const MAX_ATTEMPTS: usize = 5;

/// What an attempt is for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub(super) enum AttemptFor {
    /// To sign in.
    SignIn,
    /// To link an account at the provider to the user of this session, as long as the browser is signed in with it.
    Link { session: SessionId },
}

/// The content of the sealed cookie of one attempt. All of it is unknown to everybody else: the provider sees `state`,
/// `nonce` and a hash of the verifier.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttemptNote {
    pub(super) name: AttemptName,
    /// The name of the provider in the settings.
    pub(super) provider: String,
    pub(super) state: String,
    pub(super) nonce: String,
    /// The code verifier (RFC 7636, 4.1).
    pub(super) verifier: String,
    pub(super) purpose: AttemptFor,
    /// As given; checked again when it is used. `None` for the default.
    pub(super) return_to: Option<String>,
    /// The code challenge of the app that gets the session.
    #[serde(default)]
    pub(super) app_challenge: Option<String>,
    pub(super) expires_at: Timestamp,
}

impl std::fmt::Debug for AttemptNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttemptNote").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// The content of the sealed cookie of a browser that brought an identity from a provider.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PendingNote {
    pub(super) pending: PendingIdentityId,
    /// The key of the stored record of the link that this browser used.
    pub(super) redeemed: Option<String>,
}

/// Creates and reads these cookies.
#[derive(Debug)]
pub(super) struct OAuthCookies {
    attempts: TokenSealer,
    pending: TokenSealer,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl OAuthCookies {
    pub(super) fn new(keyring: &Keyring, (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>)) -> Self {
        let attempts = keyring.sealer(Purpose::OAuthAttempt);
        Self { attempts, pending: keyring.sealer(Purpose::OAuthPending), clock, rng }
    }

    /// Begins an attempt: its content, and the cookies to set. They include those that clear the oldest attempts.
    pub(super) fn begin(
        &self,
        earlier: Option<&AttemptCookies>,
        provider: &str,
        purpose: AttemptFor,
        (return_to, app_challenge): (Option<String>, Option<String>),
        lifetime: Duration,
    ) -> Result<(AttemptNote, Vec<SetCookie>), AppError> {
        let random = || encode_base64url(random_array::<32>(self.rng.as_ref()));
        let note = AttemptNote {
            name: AttemptName::generate(self.rng.as_ref()),
            provider: provider.to_owned(),
            state: random(),
            nonce: random(),
            verifier: random(),
            purpose,
            return_to,
            app_challenge,
            expires_at: self.clock.now().plus(lifetime),
        };
        let kind = SealedCookieKind::OAuthAttempt(note.name.clone());
        let sealer = (&self.attempts, self.rng.as_ref());
        let cookie = SetCookie::sealed(kind, sealer, &note, note.expires_at, lifetime);
        let mut cookies = vec![cookie.map_err(AppError::internal)?];
        let mut running = self.running(earlier);
        running.sort_by_key(|attempt| attempt.expires_at);
        let excess = (running.len() + 1).saturating_sub(MAX_ATTEMPTS);
        cookies.extend(running.into_iter().take(excess).map(|oldest| SetCookie::clear_attempt(oldest.name)));
        Ok((note, cookies))
    }

    /// The attempt of this browser with this `state` at this provider.
    pub(super) fn attempt(
        &self,
        cookies: Option<&AttemptCookies>,
        provider: &str,
        state: &str,
    ) -> Option<AttemptNote> {
        let mut running = self.running(cookies).into_iter();
        running.find(|attempt| attempt.state == state && attempt.provider == provider)
    }

    fn running(&self, cookies: Option<&AttemptCookies>) -> Vec<AttemptNote> {
        let now = self.clock.now();
        let texts = cookies.map(|cookies| cookies.presented().texts()).unwrap_or_default();
        texts.iter().filter_map(|text| self.attempts.open(text, now).ok()).collect()
    }

    /// The cookie of a browser that brought an identity.
    pub(super) fn of_pending(
        &self,
        pending: PendingIdentityId,
        expires_at: Timestamp,
        lifetime: Duration,
    ) -> Result<SetCookie, AppError> {
        self.pending_cookie(&PendingNote { pending, redeemed: None }, expires_at, lifetime)
    }

    /// The cookie of a browser that used the link of its identity.
    pub(super) fn of_used_link(
        &self,
        pending: PendingIdentityId,
        link: TicketKey,
        expires_at: Timestamp,
        lifetime: Duration,
    ) -> Result<SetCookie, AppError> {
        let note = PendingNote { pending, redeemed: Some(link.to_string()) };
        self.pending_cookie(&note, expires_at, lifetime)
    }

    fn pending_cookie(
        &self,
        note: &PendingNote,
        expires_at: Timestamp,
        lifetime: Duration,
    ) -> Result<SetCookie, AppError> {
        let sealer = (&self.pending, self.rng.as_ref());
        SetCookie::sealed(SealedCookieKind::OAuthPending, sealer, note, expires_at, lifetime)
            .map_err(AppError::internal)
    }

    /// The content of the cookie.
    pub(super) fn pending(&self, cookie: Option<&PendingCookie>) -> Option<PendingNote> {
        self.pending.open(cookie?.expose(), self.clock.now()).ok()
    }
}
