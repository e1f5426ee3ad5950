//! Signing in. Every path that fails does the same work and gives the same answer.

use std::time::Duration;

use palisade_core::cookies::{CookieKind, NoteCookie, SetCookie};
use palisade_core::errors::AppError;
use palisade_core::identity::{SessionId, UserId, Visitor};
use palisade_core::ports::KnownDevice;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::Priority;
use palisade_core::utils::crypto::refresh::RefreshSeed;
use palisade_core::values::Id;
use palisade_lib::store::StoreError;
use serde::{Deserialize, Serialize};

use super::{Service, SessionTermination, SignedIn};
use crate::auth::repository::Repository;
use crate::auth::schema::{DeviceId, Session};
use crate::auth::types::{
    ACCOUNT_SUSPENDED, DeviceCookie, EMAIL_NOT_VERIFIED, INVALID_CREDENTIALS, Login, RefreshCookies,
    SessionView,
};
use crate::user::Person;
use crate::user::types::{Email, PresentedPassword};

/// At most so many live sessions a person; a new one ends the oldest.
const MAX_SESSIONS: usize = 50;
/// How often a sign-in that lost a race begins anew.
const MAX_CAS_RETRIES: usize = 8;
/// When it lost all of them, try again after this.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What the device cookie says, sealed: this browser has signed in to this account before. It selects a bucket of
/// the limiter and a half of the hashing queue for that account only, until the account's sessions are ended; it is
/// never a credential.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeviceNote {
    pub(super) device: DeviceId,
    pub(super) email: Email,
    /// An address may come to belong to somebody else. `None` in a cookie of before the account stood in it, which
    /// names nobody's device.
    #[serde(default)]
    user: Option<UserId>,
    epoch: i64,
    issued_at: Timestamp,
}

impl DeviceNote {
    /// Whether this person's sessions have not been ended since: whoever ends them ends what the cookies of before were
    /// worth.
    fn is_of(&self, person: &Person) -> bool {
        self.user == Some(person.id()) && self.epoch == person.session_epoch() && !person.is_suspended()
    }
}

/// Who waits where for the hash: a cookie alone is no precedence. The limiter may have come to take its device for a
/// stranger's, and sessions may have been ended since it looked.
fn precedence(visitor: &Visitor, person: Option<&Person>, note: Option<&DeviceNote>) -> Priority {
    match (person, note) {
        (Some(person), Some(note)) if visitor.is_known_device() && note.is_of(person) => {
            Priority::KnownDevice
        }
        _ => Priority::Unknown,
    }
}

impl Service {
    /// Signs in with address and password.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`; `EMAIL_NOT_VERIFIED` in the browser that registered; `ACCOUNT_SUSPENDED` after the right
    /// password; 503 when the hashing queue is full or the store is down.
    pub async fn login(&self, visitor: Visitor, input: Login) -> Result<SignedIn, AppError> {
        let Login { email, password, registration, device, refresh } = input;
        self.know_the_time().await?;
        let person = self.users.by_email(&email).await?;
        let known = self.device_note(device.as_ref(), &email);
        let priority = precedence(&visitor, person.as_ref(), known.as_ref());

        let stored = person.as_ref().and_then(Person::password);
        let verdict = self.hasher.verify(password.expose(), stored, priority, visitor.trial()).await?;
        if let (Some(person), Some(defect)) = (&person, verdict.defect) {
            tracing::error!(user_id = %person.id(), ?defect, "a stored password hash cannot be used");
        }
        let Some(person) = person.filter(|_| verdict.matches) else {
            if self.registered_here(registration.as_ref(), &email, &password) {
                return Err(AppError::new(&EMAIL_NOT_VERIFIED));
            }
            tracing::info!(request_id = &*visitor.client().request_id, "a sign-in failed");
            return Err(AppError::new(&INVALID_CREDENTIALS));
        };
        if person.is_suspended() {
            return Err(AppError::new(&ACCOUNT_SUSPENDED));
        }

        // A device whose cookies have lost their worth begins as a new one, so that none of them names it.
        let back = known.filter(|note| note.is_of(&person)).map(|note| note.device);
        let device = back.unwrap_or_else(|| DeviceId::generate(self.clock.as_ref(), self.rng.as_ref()));
        let signed_in = self.begin_session_anyhow(&visitor, &person, device, refresh.as_ref()).await?;
        if let Some(device) = back {
            self.begin_row(device).await;
        }
        if verdict.needs_upgrade {
            self.upgrade_password(&person, &password, priority).await;
        }
        Ok(signed_in)
    }

    /// Begins a session, again when what it replaces moved or ended meanwhile.
    async fn begin_session_anyhow(
        &self,
        visitor: &Visitor,
        person: &Person,
        device: DeviceId,
        refresh: Option<&RefreshCookies>,
    ) -> Result<SignedIn, AppError> {
        for _ in 0..MAX_CAS_RETRIES {
            let ending = self.end_previous(refresh).await?;
            match self.begin_session(visitor, person, device, ending).await? {
                Ok(signed_in) => return Ok(signed_in),
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AppError::unavailable(
            RETRY_AFTER,
            "the sessions of one person changed faster than one could begin",
        ))
    }

    /// Keeps the password under today's scheme and cost. Not worth failing a sign-in for: the next one tries again.
    async fn upgrade_password(&self, person: &Person, password: &PresentedPassword, priority: Priority) {
        let upgrade = async {
            let hash = self.hasher.hash(password.expose(), priority).await?;
            self.write(SessionTermination::of(person.stage_password_upgrade(hash))).await?;
            Ok::<(), AppError>(())
        };
        if let Err(error) = upgrade.await {
            tracing::info!(user_id = %person.id(), cause = error.cause(), "a password hash was not upgraded");
        }
    }

    /// Begins a session: its document together with what is staged, and the cookies.
    async fn begin_session(
        &self,
        visitor: &Visitor,
        person: &Person,
        device: DeviceId,
        staged: SessionTermination,
    ) -> Result<Result<SignedIn, StoreError>, AppError> {
        let now = self.repository.now();
        let id = SessionId::generate(self.clock.as_ref(), self.rng.as_ref());
        let ends_at = now.plus(self.lifetimes.session_max);
        let client = visitor.client();
        let session = Session {
            user: person.id(),
            epoch: person.session_epoch(),
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
        let signed_in = self.signed_in(person, id, &session)?;
        if let Err(error) =
            self.write(staged.and(SessionTermination::of(Repository::add_session(id, session)))).await
        {
            return Ok(Err(error));
        }
        self.end_excess(person.id(), id).await?;

        let note = DeviceNote {
            device,
            email: person.email().clone(),
            user: Some(person.id()),
            epoch: person.session_epoch(),
            issued_at: now,
        };
        let lifetime = self.lifetimes.device;
        let known = self.notes.device.cookie(NoteCookie::Device, &note, now.plus(lifetime), lifetime)?;
        Ok(Ok(signed_in.with_cookie(known).with_cookie(SetCookie::clear(CookieKind::Registration))))
    }

    /// Ends the oldest sessions past the bound. After the new one is written, not with it: so that of several sign-ins
    /// at once the last sees all, and none fails because another ended the oldest first.
    async fn end_excess(&self, user: UserId, newest: SessionId) -> Result<(), AppError> {
        let live = self.repository.sessions_of(user).await?;
        let excess = live.len().saturating_sub(MAX_SESSIONS);
        for oldest in live.iter().filter(|session| *session.id() != newest).take(excess) {
            self.end_session(*oldest.id()).await?;
        }
        Ok(())
    }

    /// The view and the two token cookies of a session as it is now.
    pub(super) fn signed_in(
        &self,
        person: &Person,
        id: SessionId,
        session: &Session,
    ) -> Result<SignedIn, AppError> {
        let (access, expires_at) = self.access_cookie(person, id, session)?;
        let refresh = self.refresh_cookie(id, session);
        Ok(SignedIn { view: SessionView { user: person.view(), expires_at }, cookies: vec![access, refresh] })
    }

    /// A sign-in in a browser that still has sessions replaces them: nobody's old token survives in there.
    async fn end_previous(&self, refresh: Option<&RefreshCookies>) -> Result<SessionTermination, AppError> {
        let mut previous = self.sessions_of_tokens(refresh).await?;
        let replaced = previous.pop();
        // A browser has one. What else came under the name ends by itself: it could be more than a batch holds.
        for other in &previous {
            self.end_session(*other.id()).await?;
        }
        Ok(replaced.map(|found| self.stage_session_end(&found)).unwrap_or_default())
    }

    /// What the device cookie says, when it is for this account.
    pub(super) fn device_note(&self, cookie: Option<&DeviceCookie>, email: &Email) -> Option<DeviceNote> {
        self.device_note_at(cookie?.expose(), email, self.clock.now())
    }

    fn device_note_at(&self, cookie: &str, email: &Email, now: Timestamp) -> Option<DeviceNote> {
        self.notes.device.open(cookie, now).filter(|note: &DeviceNote| note.email == *email)
    }

    /// Whether one of these cookies says that this browser is that device. The id says it alone: a device has one account
    /// and one epoch, and an address may change while a session goes on.
    pub(super) fn is_device(&self, cookies: &[String], device: DeviceId) -> bool {
        let now = self.clock.now();
        let notes = cookies.iter().filter_map(|cookie| self.notes.device.open(cookie, now));
        notes.into_iter().any(|note: DeviceNote| note.device == device)
    }

    /// The device a cookie names, when it is known to this account.
    pub(crate) async fn known_device(
        &self,
        cookie: &str,
        email: &Email,
        now: Timestamp,
    ) -> Result<Option<KnownDevice>, AppError> {
        let Some(note) = self.device_note_at(cookie, email, now) else { return Ok(None) };
        if !self.users.by_email(email).await?.is_some_and(|person| note.is_of(&person)) {
            return Ok(None);
        }
        let sign_ins = self.repository.sign_ins(note.device).await?;
        Ok(Some(KnownDevice { id: note.device.to_string(), sign_ins }))
    }

    /// Begins a new row of failures for a device that came back. Not worth failing a sign-in for: the old row goes on.
    async fn begin_row(&self, device: DeviceId) {
        let expires_at = self.repository.now().plus(self.lifetimes.device);
        match self.repository.count_sign_in(device, expires_at).await {
            // Another sign-in of the device began one at the same moment.
            Ok(_) | Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => {}
            Err(error) => {
                let cause = AppError::from(error);
                tracing::info!(cause = cause.cause(), "a sign-in began no new row of failures");
            }
        }
    }
}
