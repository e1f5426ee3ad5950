//! A value that a browser stores for the server, sealed: the browser can neither read nor change it.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::{SealedCookieKind, SetCookie};
use palisade_core::errors::AppError;
use palisade_core::ports::Rng;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::keyring::Keyring;
use palisade_core::utils::crypto::purpose::Purpose;
use palisade_core::utils::crypto::seal::TokenSealer;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One kind of sealed cookie.
#[derive(Debug)]
pub(super) struct SealedCookie {
    sealer: TokenSealer,
    kind: SealedCookieKind,
    rng: Arc<dyn Rng>,
}

impl SealedCookie {
    /// The cookie for the registration that a browser started.
    pub(super) fn registration(keyring: &Keyring, rng: Arc<dyn Rng>) -> Self {
        Self {
            sealer: keyring.sealer(Purpose::RegistrationCookie),
            kind: SealedCookieKind::Registration,
            rng,
        }
    }

    /// The cookie for the fact that a browser has signed in before.
    pub(super) fn device(keyring: &Keyring, rng: Arc<dyn Rng>) -> Self {
        Self { sealer: keyring.sealer(Purpose::DeviceCookie), kind: SealedCookieKind::Device, rng }
    }

    /// Seals a value.
    ///
    /// # Errors
    /// 500 for a value that is too long for a cookie, a defect of its type.
    pub(super) fn set<T: Serialize>(
        &self,
        value: &T,
        expires_at: Timestamp,
        max_age: Duration,
    ) -> Result<SetCookie, AppError> {
        let sealer = (&self.sealer, self.rng.as_ref());
        SetCookie::sealed(self.kind.clone(), sealer, value, expires_at, max_age).map_err(AppError::internal)
    }

    /// Opens a cookie; `None` if it is of another kind, from another deployment or expired.
    pub(super) fn open<T: DeserializeOwned>(&self, text: &str, now: Timestamp) -> Option<T> {
        self.sealer.open(text, now).ok()
    }
}
