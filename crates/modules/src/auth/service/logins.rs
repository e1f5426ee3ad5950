//! Signing in. Every path that fails does the same work and gives the same answer.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::{CookieKind, SetCookie};
use palisade_core::errors::AppError;
use palisade_core::identity::{SessionId, UserId, Visitor};
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::password::Priority;
use palisade_core::utils::crypto::refresh::RefreshSeed;
use palisade_core::values::Id;

use crate::auth::devices::{DeviceNote, Devices};
use crate::auth::lifetimes::Lifetimes;
use crate::auth::passwords::Passwords;
use crate::auth::registration_cookies::RegistrationCookies;
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::{DeviceId, Session};
use crate::auth::session_tokens::{SessionTokens, SignedIn};
use crate::auth::terminations::Terminations;
use crate::auth::types::{ACCOUNT_SUSPENDED, EMAIL_NOT_VERIFIED, INVALID_CREDENTIALS, Login, RefreshCookies};
use crate::retry::{Attempt, retry_on_stale};
use crate::user::types::PresentedPassword;
use crate::user::{self, User};

/// The maximum number of live sessions per user; a new one ends the oldest.
const MAX_SESSIONS: usize = 50;
/// When a sign-in loses every race, the client should try again after this time.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Signs in.
#[derive(Debug)]
pub struct Logins {
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) passwords: Arc<Passwords>,
    pub(in crate::auth) registrations: Arc<RegistrationCookies>,
    pub(in crate::auth) devices: Arc<Devices>,
    pub(in crate::auth) sessions: NewSessions,
}

/// Starts sessions.
#[derive(Debug)]
pub(in crate::auth) struct NewSessions {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) tokens: Arc<SessionTokens>,
    pub(in crate::auth) devices: Arc<Devices>,
    pub(in crate::auth) terminations: Arc<Terminations>,
    pub(in crate::auth) lifetimes: Lifetimes,
    pub(in crate::auth) clock: Arc<dyn Clock>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl Logins {
    /// Signs in with address and password.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`; `EMAIL_NOT_VERIFIED` in the browser that registered; `ACCOUNT_SUSPENDED` after the
    /// right password; 503 when the hashing queue is full or the store is down.
    pub async fn login(&self, visitor: Visitor, input: Login) -> Result<SignedIn, AppError> {
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

        // A device whose cookies are no longer accepted gets a new id, so that none of them names it.
        let back = known.filter(|note| note.is_of(&user)).map(|note| note.device);
        let device = back.unwrap_or_else(|| self.devices.new_id());
        let signed_in = self.sessions.begin(&visitor, &user, device, refresh.as_ref()).await?;
        if let Some(device) = back {
            self.devices.begin_row(device).await;
        }
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

impl NewSessions {
    /// Starts a session: its document and the cookies. It replaces the sessions of the same browser, so that no
    /// other user's old token stays in it. Decides again if a replaced session changed or ended meanwhile.
    async fn begin(
        &self,
        visitor: &Visitor,
        user: &User,
        device: DeviceId,
        refresh: Option<&RefreshCookies>,
    ) -> Result<SignedIn, AppError> {
        let begun = retry_on_stale(self.rng.as_ref(), || async {
            let mut previous = self.tokens.sessions_of(refresh).await?;
            let replaced = previous.pop();
            // A browser has one. Further tokens under the same name expire by themselves: they could exceed the
            // size of a batch.
            for other in &previous {
                self.terminations.end_by_id(*other.id()).await?;
            }
            let (id, session) = self.session(visitor, user, device);
            let signed_in = self.tokens.signed_in(user, id, &session)?;
            match self.terminations.replace(replaced.as_ref(), (id, session)).await {
                Ok(()) => Ok(Attempt::Done((id, signed_in))),
                Err(error) => Attempt::unless_stale::<AppError>(error),
            }
        });
        let (id, signed_in) = begun.await?.ok_or_else(|| {
            AppError::unavailable(
                RETRY_AFTER,
                "the sessions of one user changed faster than a new one could start",
            )
        })?;
        self.end_excess(user.id(), id).await?;
        let known = self.devices.cookie(device, user, self.repository.now())?;
        Ok(signed_in.with_cookie(known).with_cookie(SetCookie::clear(CookieKind::Registration)))
    }

    fn session(&self, visitor: &Visitor, user: &User, device: DeviceId) -> (SessionId, Session) {
        let (client, now) = (visitor.client(), self.repository.now());
        let ends_at = now.plus(self.lifetimes.session_max);
        let session = Session {
            user: user.id(),
            epoch: user.session_epoch(),
            seed: RefreshSeed::generate(self.rng.as_ref()),
            generation: 1,
            previous: 0,
            rotated_at: now,
            pardoned: false,
            made_for_its_own: true,
            device,
            user_agent: client.user_agent.as_deref().map(str::to_owned),
            ip: client.ip.to_string(),
            authenticated_at: now,
            ends_at,
            expires_at: now.plus(self.lifetimes.session_idle).min(ends_at),
        };
        (SessionId::generate(self.clock.as_ref(), self.rng.as_ref()), session)
    }

    /// Ends the oldest sessions above the maximum. After the write of the new one, not with it: so the last of
    /// several concurrent sign-ins sees all sessions, and none fails because another ended the oldest first.
    async fn end_excess(&self, user: UserId, newest: SessionId) -> Result<(), AppError> {
        let live = self.repository.sessions_of(user).await?;
        let excess = live.len().saturating_sub(MAX_SESSIONS);
        for oldest in live.iter().filter(|session| *session.id() != newest).take(excess) {
            self.terminations.end_by_id(*oldest.id()).await?;
        }
        Ok(())
    }
}
