//! Sessions after the sign-in: refresh, end, and the current user.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::SetCookie;
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Client, Guest, Person, RefreshHolder};
use palisade_core::ports::Rng;
use palisade_core::system::time::Timestamp;
use palisade_lib::store::{StoreError, Stored};

use crate::audit::types::EventType;
use crate::audit::{Act, Event};
use crate::auth::devices::Devices;
use crate::auth::email_templates;
use crate::auth::emails::AddressedEmail;
use crate::auth::lifetimes::Lifetimes;
use crate::auth::refresh_rule::{Step, step};
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::{Impersonation, Session};
use crate::auth::session_tokens::{SessionTokens, SignedIn, cleared};
use crate::auth::terminations::Terminations;
use crate::auth::types::SESSION_REVOKED;
use crate::auth::types::sessions::{CurrentSessionView, ImpersonatorView};
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::staged::Staged;
use crate::user::{self, User};
use crate::{keys, mail};

mod devices;
mod logout;

/// A session that was rotated later than this after now was dated by a clock that was set back since, or by another
/// server's.
const AHEAD: Duration = Duration::from_secs(1);

/// Refreshes and ends sessions.
#[derive(Debug)]
pub struct Sessions {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) keys: keys::Tokens,
    pub(in crate::auth) devices: Arc<Devices>,
    pub(in crate::auth) tokens: Arc<SessionTokens>,
    pub(in crate::auth) terminations: Arc<Terminations>,
    pub(in crate::auth) lifetimes: Lifetimes,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

/// The result of a refresh.
enum Refreshed {
    /// The session continues.
    On(SignedIn),
    /// The session is over.
    Over,
}

/// What the holder of a refresh token asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// To go on as before.
    Refresh,
    /// To go on as the user of the session, and to end an impersonation if there is one.
    Return,
}

impl Sessions {
    /// Refreshes a session.
    ///
    /// # Errors
    /// `SESSION_REVOKED` with the cookies cleared; `IMPERSONATING` while the session impersonates a user, so that whoever
    /// acts as that user does not go on as the administrator unawares; 503.
    pub async fn refresh(&self, holder: RefreshHolder) -> Result<SignedIn, AppError> {
        self.continued(&holder, Wish::Refresh).await
    }

    /// Ends the impersonation of a session, whether its token is still valid or not, and refreshes the session. Without an
    /// impersonation it only refreshes, so the request can be repeated.
    ///
    /// # Errors
    /// `SESSION_REVOKED` with the cookies cleared: the impersonation has ended with the session; 503.
    pub async fn end_impersonation(&self, holder: RefreshHolder) -> Result<SignedIn, AppError> {
        self.continued(&holder, Wish::Return).await
    }

    async fn continued(&self, holder: &RefreshHolder, wish: Wish) -> Result<SignedIn, AppError> {
        self.revocations.know_the_time().await?;
        let refreshed = retry_on_stale(self.rng.as_ref(), || async {
            let found = match holder.token() {
                Some(token) => self.live_session(token).await?,
                None => None,
            };
            let Some((session, user, presented)) = found else { return Ok(Attempt::Done(Refreshed::Over)) };
            self.take_step(&session, &user, presented, (holder, wish)).await
        });
        match refreshed.await? {
            Some(Refreshed::On(signed_in)) => Ok(signed_in),
            Some(Refreshed::Over) => {
                Err(cleared().into_iter().fold(AppError::new(&SESSION_REVOKED), AppError::with_cookie))
            }
            None => Err(lost_every_race("too many refreshes of one session at once")),
        }
    }

    /// Applies the rotation rule once.
    async fn take_step(
        &self,
        session: &Stored<Session>,
        user: &User,
        presented: i64,
        (holder, wish): (&RefreshHolder, Wish),
    ) -> Result<Attempt<Refreshed>, AppError> {
        let now = self.repository.now();
        let own = self.devices.is_among(session.value().device, holder.devices());
        let impersonation = session.value().impersonation;
        match step(session.value(), presented, own, now, self.lifetimes.refresh_grace) {
            taken @ (Step::Again | Step::Next | Step::Pardon) if let Some(ended) = impersonation => {
                if wish == Wish::Refresh {
                    return Err(AppError::new(&codes::IMPERSONATING));
                }
                let next = match taken {
                    Step::Again => session.value().clone(),
                    _ => self.moved_on(session, taken, presented, own, holder.client(), now),
                };
                self.leave(user, session, (next, ended), holder.client()).await
            }
            Step::Again => match self.redated(session, now).await {
                Ok(None) => self.goes_on(user, session, session.value()),
                Ok(Some(dated)) => self.goes_on(user, session, &dated),
                Err(error) => Attempt::unless_stale(error),
            },
            taken @ (Step::Next | Step::Pardon) => {
                let next = self.moved_on(session, taken, presented, own, holder.client(), now);
                match self.repository.rotate_session(session, next.clone()).await {
                    Ok(()) => self.goes_on(user, session, &next),
                    Err(error) => Attempt::unless_stale(error),
                }
            }
            Step::Revoke => {
                tracing::warn!(session_id = %session.id(), "a refresh token was used again: the session ends");
                let notice = AddressedEmail::to_user(user);
                let notice = self.mails.stage(email_templates::SESSION_ENDED, user.email(), &notice)?;
                let event = Act::of_client(holder.client()).on(user.id(), EventType::SessionReplayed);
                let ended = self.end(session, event, notice).await?;
                self.mails.wake();
                Ok(ended)
            }
            Step::Lost => {
                tracing::error!(
                    session_id = %session.id(),
                    "a refresh token is newer than its session: the store has lost writes, as it does when a database \
                     is restored by hand; the session ends"
                );
                let event = Act::of_client(holder.client()).on(user.id(), EventType::SessionEnded);
                self.end(session, event, Staged::nothing()).await
            }
        }
    }

    async fn leave(
        &self,
        user: &User,
        session: &Stored<Session>,
        (next, ended): (Session, Impersonation),
        client: &Client,
    ) -> Result<Attempt<Refreshed>, AppError> {
        let next = Session { impersonation: None, ..next };
        let act = Act::of_proven(user.id(), client);
        match self.terminations.end_impersonation(session, next.clone(), ended, act).await {
            Ok(()) => {
                tracing::warn!(user_id = %user.id(), subject = %ended.user, "an administrator ended an impersonation");
                self.goes_on(user, session, &next)
            }
            Err(error) => Attempt::unless_stale(error),
        }
    }

    fn goes_on(
        &self,
        user: &User,
        stored: &Stored<Session>,
        session: &Session,
    ) -> Result<Attempt<Refreshed>, AppError> {
        let signed_in = self.tokens.signed_in(user, *stored.id(), session)?;
        Ok(Attempt::Done(Refreshed::On(signed_in)))
    }

    async fn end(
        &self,
        session: &Stored<Session>,
        event: Event,
        mail: Staged,
    ) -> Result<Attempt<Refreshed>, AppError> {
        let ended = self.terminations.end(session, event, mail).await;
        ended.map_or_else(Attempt::unless_stale, |()| Ok(Attempt::Done(Refreshed::Over)))
    }

    /// A session whose live generation is dated in the future gets today's date: otherwise its grace, in which the
    /// server cannot distinguish a stolen token from a lost answer, would last until then. `None` for all others;
    /// nothing is written.
    async fn redated(
        &self,
        session: &Stored<Session>,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let old = session.value();
        if old.rotated_at <= now.plus(AHEAD) {
            return Ok(None);
        }
        let ends_at = old.ends_at.min(now.plus(self.lifetimes.session_max));
        let expires_at = now.plus(self.lifetimes.session_idle).min(ends_at);
        let dated = Session { rotated_at: now, expires_at, ends_at, ..old.clone() };
        self.repository.rotate_session(session, dated.clone()).await?;
        Ok(Some(dated))
    }

    fn moved_on(
        &self,
        session: &Stored<Session>,
        step: Step,
        presented: i64,
        own: bool,
        client: &Client,
        now: Timestamp,
    ) -> Session {
        let old = session.value();
        if step == Step::Pardon {
            tracing::info!(session_id = %session.id(), "a late use of a refresh token was forgiven");
        }
        if old.made_for_its_own && !own {
            tracing::warn!(session_id = %session.id(), "a session continues without the cookie of its device");
        }
        Session {
            generation: old.generation + 1,
            previous: presented,
            rotated_at: now,
            pardoned: step == Step::Pardon,
            made_for_its_own: own,
            ip: client.ip.to_string(),
            expires_at: now.plus(self.lifetimes.session_idle).min(old.ends_at),
            ..old.clone()
        }
    }

    /// The session of a token if it is live: its user exists, is active and has the same epoch.
    async fn live_session(&self, token: &str) -> Result<Option<(Stored<Session>, User, i64)>, AppError> {
        let Some((session, generation)) = self.tokens.session_of(token).await? else { return Ok(None) };
        let user = self.users.by_id(session.value().user).await?;
        let user = user.filter(|user| user.is_active_in(session.value().epoch));
        Ok(user.map(|user| (session, user, generation)))
    }

    /// The signed-in user.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn current(&self, guest: Guest) -> Result<CurrentSessionView, AppError> {
        let Some(principal) = guest.principal() else {
            return Ok(CurrentSessionView { user: None, expires_at: None, impersonator: None });
        };
        let user = self.users.by_id(principal.user_id).await?;
        let expires_at = user.is_some().then_some(principal.expires_at);
        let impersonator = principal.impersonator.filter(|_| user.is_some());
        let impersonator = impersonator.map(|by| ImpersonatorView { id: by.user_id });
        Ok(CurrentSessionView { user: user.map(|user| user.view()), expires_at, impersonator })
    }

    /// Ends every session of the caller, with one write to one document.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn logout_all(&self, caller: Person) -> Result<Vec<SetCookie>, AppError> {
        let ended = retry_on_stale(self.rng.as_ref(), || async {
            let Some(user) = self.users.by_id(caller.user_id()).await? else {
                return Ok(Attempt::Done(()));
            };
            let ended = self.terminations.end_all_of(&user, Act::of(caller.user())).await;
            ended.map_or_else(Attempt::unless_stale, |()| Ok::<_, AppError>(Attempt::Done(())))
        });
        match ended.await? {
            Some(()) => Ok(cleared()),
            None => Err(lost_every_race("the account changed faster than its sessions could be ended")),
        }
    }
}
