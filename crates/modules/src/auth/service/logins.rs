//! Signing in. Every path that fails does the same work and gives the same answer.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::metrics::{Metrics, SignIn};
use palisade_core::utils::crypto::password::Priority;

use super::new_sessions::NewSessions;
use crate::auth::devices::{DeviceNote, Devices};
use crate::auth::passwords::Passwords;
use crate::auth::registration_cookies::RegistrationCookies;
use crate::auth::revocations::Revocations;
use crate::auth::schema::Proof;
use crate::auth::session_tokens::SignedIn;
use crate::auth::types::{ACCOUNT_SUSPENDED, EMAIL_NOT_VERIFIED, INVALID_CREDENTIALS, Login};
use crate::user::types::PresentedPassword;
use crate::user::{self, User};

/// Signs in.
#[derive(Debug)]
pub struct Logins {
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) passwords: Arc<Passwords>,
    pub(in crate::auth) registrations: Arc<RegistrationCookies>,
    pub(in crate::auth) devices: Arc<Devices>,
    pub(in crate::auth) sessions: Arc<NewSessions>,
    pub(in crate::auth) metrics: Metrics,
}

impl Logins {
    /// Signs in with address and password.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`; `EMAIL_NOT_VERIFIED` in the browser that registered; `ACCOUNT_SUSPENDED` after the
    /// right password; 503 when the hashing queue is full or the store is down.
    pub async fn login(&self, visitor: Visitor, input: Login) -> Result<SignedIn, AppError> {
        let tried = self.try_login(visitor, input).await;
        let outcome = tried.as_ref().map_or_else(|error| error.code().name, |_| SignIn::SUCCESS);
        self.metrics.signed_in(SignIn { method: "password", outcome });
        tried
    }

    async fn try_login(&self, visitor: Visitor, input: Login) -> Result<SignedIn, AppError> {
        let Login { email, password, registration, device, refresh } = input;
        self.revocations.know_the_time().await?;
        let user = self.users.by_email(&email).await?;
        let known = self.devices.note(device.as_ref(), &email);
        let priority = precedence(&visitor, user.as_ref(), known.as_ref());

        let (hasher, stored) = (self.passwords.hasher(), user.as_ref().and_then(User::password));
        let verdict = hasher.verify(password.expose(), stored, priority, visitor.trial()).await?;
        if let (Some(user), Some(defect)) = (&user, verdict.defect) {
            tracing::error!(user_id = %user.id(), ?defect, "a stored password hash cannot be used");
        }
        let Some(user) = user.filter(|_| verdict.matches) else {
            if self.registrations.registered_here(registration.as_ref(), &email, &password) {
                return Err(AppError::new(&EMAIL_NOT_VERIFIED));
            }
            tracing::info!(request_id = &*visitor.client().request_id, "a sign-in failed");
            return Err(AppError::new(&INVALID_CREDENTIALS));
        };
        if user.is_suspended() {
            return Err(AppError::new(&ACCOUNT_SUSPENDED));
        }

        let signed_in = self
            .sessions
            .sign_in(visitor.client(), (&user, Proof::Password), known, refresh.as_ref())
            .await?;
        if verdict.needs_upgrade {
            self.rehash(&user, &password, priority).await;
        }
        Ok(signed_in)
    }

    /// Stores the password under today's scheme and cost. If this fails, the sign-in succeeds anyway: the next one
    /// tries again.
    async fn rehash(&self, user: &User, password: &PresentedPassword, priority: Priority) {
        let upgrade = async {
            let hash = self.passwords.hasher().hash(password.expose(), priority).await?;
            self.users.rehash(user, hash).await
        };
        if let Err(error) = upgrade.await {
            tracing::info!(user_id = %user.id(), cause = error.cause(), "a password hash was not upgraded");
        }
    }
}

/// The queue that the hash waits in. A cookie alone gives no priority: the limiter may have treated its device as
/// unknown, and sessions may have been ended since the limiter looked.
fn precedence(visitor: &Visitor, user: Option<&User>, note: Option<&DeviceNote>) -> Priority {
    match (user, note) {
        (Some(user), Some(note)) if visitor.is_known_device() && note.is_of(user) => Priority::KnownDevice,
        _ => Priority::Unknown,
    }
}
