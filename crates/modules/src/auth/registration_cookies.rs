//! The registration cookie: the registration that a browser started, or the link that it used.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::SetCookie;
use palisade_core::errors::AppError;
use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::keyring::{Keyring, MacKey};
use palisade_core::utils::crypto::purpose::Purpose;
use palisade_core::utils::crypto::random::{decode_base64url, encode_base64url};
use palisade_core::utils::crypto::secret::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::schema::{RegistrationId, TicketKey};
use super::sealed_cookie::SealedCookie;
use super::types::RegistrationCookie;
use crate::user::types::{Email, PresentedPassword};

/// The content of the sealed registration cookie: the registration that this browser started, and how to recognize
/// its password. The server sets it for free and taken addresses alike, so it reveals nothing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegistrationNote {
    pub(super) registration: Option<RegistrationId>,
    pub(super) email: Email,
    /// Until the address is confirmed in this browser.
    pub(super) password_mac: Option<String>,
    /// The key of the stored record of the link that this browser used.
    #[serde(default)]
    pub(super) redeemed: Option<String>,
}

/// Creates and reads registration cookies.
#[derive(Debug)]
pub(super) struct RegistrationCookies {
    cookie: SealedCookie,
    password_macs: MacKey,
    clock: Arc<dyn Clock>,
}

impl RegistrationCookies {
    pub(super) fn new(keyring: &Keyring, (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>)) -> Self {
        Self {
            cookie: SealedCookie::registration(keyring, rng),
            password_macs: keyring.mac(Purpose::RegistrationPassword),
            clock,
        }
    }

    /// The content of a browser's cookie.
    pub(super) fn read(&self, cookie: Option<&RegistrationCookie>) -> Option<RegistrationNote> {
        self.cookie.open(cookie?.expose(), self.clock.now())
    }

    /// The cookie for a browser that registers.
    pub(super) fn of_registration(
        &self,
        registration: RegistrationId,
        email: Email,
        password: &SecretString,
        expires_at: Timestamp,
        lifetime: Duration,
    ) -> Result<SetCookie, AppError> {
        let mac = encode_base64url(self.password_macs.tag(&mac_message(&email, password)));
        let note = RegistrationNote {
            registration: Some(registration),
            email,
            password_mac: Some(mac),
            redeemed: None,
        };
        self.cookie.set(&note, expires_at, lifetime)
    }

    /// The cookie for a browser that used a link. It replaces the cookie of the confirmed registration and no
    /// longer contains anything about its password.
    pub(super) fn of_used_link(
        &self,
        link: TicketKey,
        email: Email,
        expires_at: Timestamp,
        lifetime: Duration,
    ) -> Result<SetCookie, AppError> {
        let note = RegistrationNote {
            registration: None,
            email,
            password_mac: None,
            redeemed: Some(link.to_string()),
        };
        self.cookie.set(&note, expires_at, lifetime)
    }

    /// Whether this browser registered with this address and password and has not confirmed the address yet.
    pub(super) fn registered_here(
        &self,
        cookie: Option<&RegistrationCookie>,
        email: &Email,
        password: &PresentedPassword,
    ) -> bool {
        self.read(cookie).is_some_and(|note| {
            note.email == *email
                && note.password_mac.is_some_and(|mac| self.recognizes(&mac, email, password.expose()))
        })
    }

    fn recognizes(&self, mac: &str, email: &Email, password: &SecretString) -> bool {
        decode_base64url(mac)
            .is_some_and(|tag| self.password_macs.verify(&mac_message(email, password), &tag))
    }
}

/// Address and password, separated by a NUL, which no address contains.
fn mac_message(email: &Email, password: &SecretString) -> Vec<u8> {
    [email.as_str().as_bytes(), b"\0", password.expose_secret().as_bytes()].concat()
}
