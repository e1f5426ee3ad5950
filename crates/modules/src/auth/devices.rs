//! Devices: browsers that have signed in to an account before.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::SetCookie;
use palisade_core::errors::AppError;
use palisade_core::identity::UserId;
use palisade_core::ports::{Clock, KnownDevice, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::keyring::Keyring;
use palisade_core::values::Id;
use palisade_lib::store::StoreError;
use serde::{Deserialize, Serialize};

use super::repository::Repository;
use super::schema::DeviceId;
use super::sealed_cookie::SealedCookie;
use super::types::DeviceCookie;
use crate::user::types::Email;
use crate::user::{self, User};

/// The content of the sealed device cookie: this browser has signed in to this account before. It selects a bucket
/// of the limiter and a half of the hashing queue for that account only, until the account's sessions are ended. It
/// is never a credential.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeviceNote {
    pub(super) device: DeviceId,
    pub(super) email: Email,
    /// The account, since an address may later belong to another user. `None` in a cookie from before the account
    /// was stored in it; such a cookie names nobody's device.
    #[serde(default)]
    user: Option<UserId>,
    epoch: i64,
    issued_at: Timestamp,
}

impl DeviceNote {
    /// Whether this user's sessions were not ended since the cookie was set: ending them also invalidates earlier
    /// device cookies.
    pub(super) fn is_of(&self, user: &User) -> bool {
        self.user == Some(user.id()) && user.is_active_in(self.epoch)
    }
}

/// Recognizes devices.
#[derive(Debug)]
pub(super) struct Devices {
    cookie: SealedCookie,
    repository: Arc<Repository>,
    users: user::Service,
    lifetime: Duration,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Devices {
    pub(super) fn new(
        keyring: &Keyring,
        repository: Arc<Repository>,
        users: user::Service,
        lifetime: Duration,
        (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>),
    ) -> Self {
        let cookie = SealedCookie::device(keyring, Arc::clone(&rng));
        Self { cookie, repository, users, lifetime, clock, rng }
    }

    /// The id of a device that has not signed in before.
    pub(super) fn new_id(&self) -> DeviceId {
        DeviceId::generate(self.clock.as_ref(), self.rng.as_ref())
    }

    /// The cookie of a device that signs in now.
    pub(super) fn cookie(
        &self,
        device: DeviceId,
        user: &User,
        now: Timestamp,
    ) -> Result<SetCookie, AppError> {
        let note = DeviceNote {
            device,
            email: user.email().clone(),
            user: Some(user.id()),
            epoch: user.session_epoch(),
            issued_at: now,
        };
        self.cookie.set(&note, now.plus(self.lifetime), self.lifetime)
    }

    /// The content of the device cookie, if it is for this account.
    pub(super) fn note(&self, cookie: Option<&DeviceCookie>, email: &Email) -> Option<DeviceNote> {
        self.note_at(cookie?.expose(), email, self.clock.now())
    }

    fn note_at(&self, cookie: &str, email: &Email, now: Timestamp) -> Option<DeviceNote> {
        self.cookie.open(cookie, now).filter(|note: &DeviceNote| note.email == *email)
    }

    /// Whether one of these cookies names that device. The id alone decides: a device has one account and one
    /// epoch, and the address may change during a session.
    pub(super) fn is_among(&self, device: DeviceId, cookies: &[String]) -> bool {
        let now = self.clock.now();
        let notes = cookies.iter().filter_map(|cookie| self.cookie.open(cookie, now));
        notes.into_iter().any(|note: DeviceNote| note.device == device)
    }

    /// The device that a cookie names, if it is known to this account.
    pub(super) async fn known(
        &self,
        cookie: &str,
        email: &Email,
        now: Timestamp,
    ) -> Result<Option<KnownDevice>, AppError> {
        let Some(note) = self.note_at(cookie, email, now) else { return Ok(None) };
        if !self.users.by_email(email).await?.is_some_and(|user| note.is_of(&user)) {
            return Ok(None);
        }
        let sign_ins = self.repository.sign_ins(note.device).await?;
        Ok(Some(KnownDevice { id: note.device.to_string(), sign_ins }))
    }

    /// Starts a new count of failures for a device that returned. If this fails, the sign-in succeeds anyway and
    /// the old count continues.
    pub(super) async fn begin_row(&self, device: DeviceId) {
        let expires_at = self.repository.now().plus(self.lifetime);
        match self.repository.count_sign_in(device, expires_at).await {
            // Another sign-in of the device started one at the same moment.
            Ok(()) | Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => {}
            Err(error) => {
                let cause = AppError::from(error);
                tracing::info!(cause = cause.cause(), "a sign-in could not start a new count of failures");
            }
        }
    }
}
