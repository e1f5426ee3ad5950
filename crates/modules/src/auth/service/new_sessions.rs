//! Starting sessions, for every way to sign in.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::{CookieKind, SetCookie};
use palisade_core::errors::AppError;
use palisade_core::identity::{Client, SessionId, UserId};
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::refresh::RefreshSeed;
use palisade_core::values::Id;

use crate::audit::Act;
use crate::auth::devices::{DeviceNote, Devices};
use crate::auth::email_templates;
use crate::auth::emails::NewDeviceEmail;
use crate::auth::lifetimes::Lifetimes;
use crate::auth::repository::Repository;
use crate::auth::schema::{DeviceId, Proof, Session};
use crate::auth::session_tokens::{SessionTokens, SignedIn};
use crate::auth::terminations::Terminations;
use crate::auth::types::RefreshCookies;
use crate::mail;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::staged::Staged;
use crate::user::{self, User};
use crate::user_agent;

/// The maximum number of live sessions per user; a new one ends the oldest.
const MAX_SESSIONS: usize = 50;
/// How long an account counts as just created: whoever confirmed its address signs in next.
const NEW: Duration = Duration::from_hours(1);

/// Starts sessions.
#[derive(Debug)]
pub(in crate::auth) struct NewSessions {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) tokens: Arc<SessionTokens>,
    pub(in crate::auth) devices: Arc<Devices>,
    pub(in crate::auth) terminations: Arc<Terminations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) lifetimes: Lifetimes,
    pub(in crate::auth) clock: Arc<dyn Clock>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl NewSessions {
    /// Signs a user in, whose proof the caller has judged: starts a session on the browser's known device or on a new one,
    /// and notifies the user of a new one.
    pub(super) async fn sign_in(
        &self,
        client: &Client,
        (user, proof): (&User, Proof),
        known: Option<DeviceNote>,
        refresh: Option<&RefreshCookies>,
    ) -> Result<SignedIn, AppError> {
        // A device whose cookies are no longer accepted gets a new id, so that none of them names it.
        let back = known.filter(|note| note.is_of(user)).map(|note| note.device);
        let device = back.unwrap_or_else(|| self.devices.new_id());
        let notice = self.notice(client, user).filter(|_| back.is_none());
        let mail = || match &notice {
            Some(notice) => self.mails.stage(email_templates::NEW_DEVICE, user.email(), notice),
            None => Ok(Staged::nothing()),
        };
        let signed_in = self.begin(client, (user, proof), device, refresh, &mail).await?;
        if notice.is_some() {
            self.mails.wake();
        }
        if let Some(device) = back {
            self.devices.begin_row(device).await;
        }
        Ok(signed_in)
    }

    /// The mail about a sign-in on a device that was not seen before; none for an account that was only just created,
    /// which has seen no device yet.
    fn notice(&self, client: &Client, user: &User) -> Option<NewDeviceEmail> {
        let now = self.clock.now();
        let device = client.user_agent.as_deref().map(user_agent::in_words);
        let (email, language) = (user.email().clone(), user.language().cloned());
        let notice = NewDeviceEmail { email, device, ip: client.ip, at: now, language };
        (now >= user.created_at().plus(NEW)).then_some(notice)
    }

    /// The user of a session, if it is live and the browser is signed in with it.
    pub(super) async fn user_of(
        &self,
        session: SessionId,
        refresh: Option<&RefreshCookies>,
    ) -> Result<Option<User>, AppError> {
        let proven = self.tokens.sessions_of(refresh).await?;
        let Some(session) = proven.into_iter().find(|proven| *proven.id() == session) else {
            return Ok(None);
        };
        let user = self.users.by_id(session.value().user).await?;
        Ok(user.filter(|user| user.is_active_in(session.value().epoch)))
    }

    /// Starts a session: its document, the cookies, and a mail about it. It replaces the sessions of the same browser, so
    /// that no other user's old token stays in it. Decides again if a replaced session changed or ended meanwhile.
    pub(super) async fn begin(
        &self,
        client: &Client,
        (user, proof): (&User, Proof),
        device: DeviceId,
        refresh: Option<&RefreshCookies>,
        mail: &(dyn Fn() -> Result<Staged, AppError> + Sync),
    ) -> Result<SignedIn, AppError> {
        let begun = retry_on_stale(self.rng.as_ref(), || async {
            let mut previous = self.tokens.sessions_of(refresh).await?;
            let replaced = previous.pop();
            // A browser has one. Further tokens under the same name expire by themselves: they could exceed the
            // size of a batch.
            for other in &previous {
                self.terminations.end_by_id(*other.id(), |user| Act::of_proven(user, client)).await?;
            }
            let (id, session) = self.session(client, (user, proof), device);
            let signed_in = self.tokens.signed_in(user, id, &session)?;
            match self.terminations.replace(client, replaced.as_ref(), (id, session), mail()?).await {
                Ok(()) => Ok(Attempt::Done((id, signed_in))),
                Err(error) => Attempt::unless_stale::<AppError>(error),
            }
        });
        let (id, signed_in) = begun.await?.ok_or_else(|| {
            lost_every_race("the sessions of one user changed faster than a new one could start")
        })?;
        self.end_excess(client, user.id(), id).await?;
        let known = self.devices.cookie(device, user, self.repository.now())?;
        Ok(signed_in.with_cookie(known).with_cookie(SetCookie::clear(CookieKind::Registration)))
    }

    fn session(
        &self,
        client: &Client,
        (user, proof): (&User, Proof),
        device: DeviceId,
    ) -> (SessionId, Session) {
        let now = self.repository.now();
        let ends_at = now.plus(self.lifetimes.session_max);
        let session = Session {
            user: user.id(),
            epoch: user.session_epoch(),
            seed: RefreshSeed::generate(self.rng.as_ref()),
            proof,
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
            impersonation: None,
        };
        (SessionId::generate(self.clock.as_ref(), self.rng.as_ref()), session)
    }

    /// Ends the oldest sessions above the maximum. After the write of the new one, not with it: so the last of
    /// several concurrent sign-ins sees all sessions, and none fails because another ended the oldest first.
    async fn end_excess(&self, client: &Client, user: UserId, newest: SessionId) -> Result<(), AppError> {
        let live = self.repository.sessions_of(user).await?;
        let excess = live.len().saturating_sub(MAX_SESSIONS);
        for oldest in live.iter().filter(|session| *session.id() != newest).take(excess) {
            self.terminations.end_by_id(*oldest.id(), |user| Act::of_proven(user, client)).await?;
        }
        Ok(())
    }
}
