//! Sessions after the sign-in: going on, ending, and telling a lost answer from a stolen token.

use std::time::Duration;

use palisade_core::cookies::{CookieKind, SetCookie};
use palisade_core::errors::AppError;
use palisade_core::identity::{Account, Client, Guest, RefreshHolder, SessionId};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::refresh::PresentedRefresh;
use palisade_core::values::Id;
use palisade_lib::store::{Batch, StoreError, Stored};

use serde::{Deserialize, Serialize};

use super::budget::{Allowed, Kind, over_budget};
use super::{Service, SessionTermination, SignedIn};
use crate::auth::letters;
use crate::auth::repository::Repository;
use crate::auth::revocations::KEPT;
use crate::auth::schema::{Revocation, RevocationId, Revoked, Session};
use crate::auth::types::{CurrentSessionView, RefreshCookies, SESSION_REVOKED};
use crate::mail::{Composed, Verdict};
use crate::user::Person;
use crate::user::types::Email;

/// A session that goes on later than this after now was dated by a clock that was set back since, or by another server's.
const AHEAD: Duration = Duration::from_secs(1);
/// How often a lost race for one session is run again. Each loser finds a newer state, and there are few tabs.
const MAX_CAS_RETRIES: usize = 16;

/// The owner of a session that ended because its token was used twice is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionEndedIntent {
    email: Email,
}

/// What a presented refresh token leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The same token again, with a fresh access token; nothing is written.
    Again,
    /// The next generation.
    Next,
    /// The next generation for one that comes late: forgiven once.
    Pardon,
    /// The session ends: somebody holds a token they should not have.
    Revoke,
    /// The session ends, and nobody is accused: the token is of a generation that this store never made, so the store
    /// has lost writes. A database was put back from a copy by hand, or a disk forgot what it had acknowledged.
    Lost,
}

/// The rotation rule (decision 0018). `own` is whether the cookie of the session's own device came along; with another's or
/// none it is somebody else, who are all alike: whoever has a wrong cookie can leave it out.
///
/// | presented | from | younger than the grace | older |
/// |---|---|---|---|
/// | the live one | anyone | it again | the next one |
/// | the one before | whom the live one was made for | the live one again | own device: the next one, once; else revoked |
/// | the one before | the other party | revoked | revoked |
/// | one that was never made | anyone | the store lost writes: ended, without a mail | the same |
/// | any other | anyone | revoked | revoked |
///
/// So within the grace all answers of one burst carry the same token, but it is given again only to whom it was given. Of
/// a token that two parties hold, the second to use it finds that the first has: however soon that is, the session ends.
/// After the grace, the one before is a lost answer or a theft on the device itself, which cannot be told apart yet.
fn step(session: &Session, presented: i64, own: bool, now: Timestamp, grace: Duration) -> Step {
    let young = now.since(session.rotated_at) < grace;
    match presented {
        n if n == session.generation => {
            if young {
                Step::Again
            } else {
                Step::Next
            }
        }
        p if p == session.previous && p > 0 && own == session.made_for_its_own => {
            match (young, session.pardoned) {
                (true, _) => Step::Again,
                (false, false) if own => Step::Pardon,
                (false, _) => Step::Revoke,
            }
        }
        // Its MAC holds, so this deployment made it, after what the store remembers.
        n if n > session.generation => Step::Lost,
        _ => Step::Revoke,
    }
}

impl Service {
    /// Goes on with a session.
    ///
    /// # Errors
    /// `SESSION_REVOKED` with the cookies cleared; 503.
    pub async fn refresh(&self, holder: RefreshHolder) -> Result<SignedIn, AppError> {
        self.know_the_time().await?;
        for _ in 0..MAX_CAS_RETRIES {
            let found = match holder.token() {
                Some(token) => self.live_session(token).await?,
                None => None,
            };
            let Some((session, person, presented)) = found else { return Err(over()) };
            let now = self.repository.now();
            let own = self.is_device(holder.devices(), session.value().device);
            match step(session.value(), presented, own, now, self.lifetimes.refresh_grace) {
                Step::Again => match self.redated(&session, now).await {
                    Ok(None) => return self.signed_in(&person, *session.id(), session.value()),
                    Ok(Some(dated)) => return self.signed_in(&person, *session.id(), &dated),
                    Err(StoreError::Stale { .. }) => {}
                    Err(error) => return Err(error.into()),
                },
                taken @ (Step::Next | Step::Pardon) => {
                    let next = self.moved_on(&session, taken, presented, own, holder.client(), now);
                    match self.repository.rotate_session(&session, next.clone()).await {
                        Ok(_) => return self.signed_in(&person, *session.id(), &next),
                        Err(StoreError::Stale { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Step::Revoke => {
                    tracing::warn!(session_id = %session.id(), "a refresh token was used again: the session ends");
                    let notice = SessionEndedIntent { email: person.email().clone() };
                    let notice = SessionTermination::of(self.mails.intend(
                        letters::SESSION_ENDED,
                        person.email(),
                        &notice,
                    )?);
                    match self.write(self.stage_session_end(&session).and(notice)).await {
                        Ok(()) => {
                            self.mails.wake();
                            return Err(over());
                        }
                        Err(StoreError::Stale { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Step::Lost => {
                    tracing::error!(
                        session_id = %session.id(),
                        "a refresh token is newer than its session: the store has lost writes, as it does when a database \
                         is put back by hand; the session ends"
                    );
                    match self.write(self.stage_session_end(&session)).await {
                        Ok(()) => return Err(over()),
                        Err(StoreError::Stale { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Err(AppError::unavailable(Duration::from_secs(1), "too many refreshes of one session at once"))
    }

    /// What to mail when a session ended because somebody held a token they should not have.
    pub(super) async fn compose_session_ended(
        &self,
        intent: SessionEndedIntent,
        is_new: bool,
    ) -> Result<Verdict, AppError> {
        let kind = Kind::notice(letters::SESSION_ENDED);
        Ok(match self.may_mail(kind, &intent.email, None, is_new).await? {
            Allowed::Yes => Composed::only(Some(self.letters.session_ended(&intent.email))).into(),
            Allowed::No(budget) => Composed::withheld(&intent.email, budget).into(),
            Allowed::Later(wait) => over_budget(wait),
        })
    }

    /// A session whose live generation was made in the future is dated by now: its grace would last until then, and so
    /// would the time in which a stolen token is not told from a lost answer. `None` for all others; nothing is written.
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
            tracing::warn!(session_id = %session.id(), "a session goes on without the cookie of its device");
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

    /// The session a refresh token belongs to, whatever its generation, when its MAC holds.
    async fn verified(&self, token: &str) -> Result<Option<(Stored<Session>, i64)>, AppError> {
        let Some(presented) = PresentedRefresh::parse(token) else { return Ok(None) };
        let Some(id) = SessionId::parse(presented.session_id()) else { return Ok(None) };
        let Some(session) = self.repository.session(id).await? else { return Ok(None) };
        if !self.refresh.verify(&session.value().seed, &presented) {
            return Ok(None);
        }
        Ok(i64::try_from(presented.generation()).ok().map(|generation| (session, generation)))
    }

    /// The sessions that any of these refresh tokens proves, each once.
    pub(super) async fn sessions_of_tokens(
        &self,
        refresh: Option<&RefreshCookies>,
    ) -> Result<Vec<Stored<Session>>, AppError> {
        let mut found: Vec<Stored<Session>> = Vec::new();
        for token in refresh.map_or(&[][..], |cookies| cookies.presented().texts()) {
            if let Some((session, _)) = self.verified(token).await?
                && found.iter().all(|known| known.id() != session.id())
            {
                found.push(session);
            }
        }
        Ok(found)
    }

    /// The session of a token, if it still lives: its person is there, active, and of the same epoch.
    async fn live_session(&self, token: &str) -> Result<Option<(Stored<Session>, Person, i64)>, AppError> {
        let Some((session, generation)) = self.verified(token).await? else { return Ok(None) };
        let person = self.users.by_id(session.value().user).await?;
        let lives =
            |person: &Person| !person.is_suspended() && person.session_epoch() == session.value().epoch;
        Ok(person.filter(lives).map(|person| (session, person, generation)))
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn current(&self, guest: Guest) -> Result<CurrentSessionView, AppError> {
        let Some(principal) = guest.principal() else {
            return Ok(CurrentSessionView { user: None, expires_at: None });
        };
        let person = self.users.by_id(principal.user_id).await?;
        let expires_at = person.is_some().then_some(principal.expires_at);
        Ok(CurrentSessionView { user: person.map(|person| person.view()), expires_at })
    }

    /// Ends a session however often it moves meanwhile.
    pub(super) async fn end_session(&self, id: SessionId) -> Result<(), AppError> {
        for _ in 0..MAX_CAS_RETRIES {
            let Some(session) = self.repository.session(id).await? else { return Ok(()) };
            match self.write(self.stage_session_end(&session)).await {
                Err(StoreError::Stale { .. }) => {}
                written => return Ok(written?),
            }
        }
        Err(AppError::unavailable(Duration::from_secs(1), "a session moved on faster than it could be ended"))
    }

    /// Ends every session of the caller, with one write to one document.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn logout_all(&self, account: Account) -> Result<Vec<SetCookie>, AppError> {
        for _ in 0..MAX_CAS_RETRIES {
            let Some(person) = self.users.by_id(account.user_id()).await? else { return Ok(cleared()) };
            let (minimum_version, ending) = person.stage_end_of_sessions();
            let revoked = Revoked::User { user: person.id(), minimum_version };
            match self.write(SessionTermination::of(ending).and(self.stage_revocation(revoked))).await {
                Err(StoreError::Stale { .. }) => {}
                written => return Ok(written.map(|()| cleared())?),
            }
        }
        Err(AppError::unavailable(
            Duration::from_secs(1),
            "the account changed faster than its sessions could be ended",
        ))
    }

    /// The end of a session: its document goes, and its access tokens are refused until they expire.
    pub(super) fn stage_session_end(&self, session: &Stored<Session>) -> SessionTermination {
        let revoked = Revoked::Session { session: *session.id() };
        SessionTermination::of(Batch::new().remove(session)).and(self.stage_revocation(revoked))
    }

    pub(super) fn stage_revocation(&self, revoked: Revoked) -> SessionTermination {
        self.stage_revocation_until(revoked, Timestamp::EPOCH)
    }

    /// A revocation that is kept at least until this moment, and past the last token that any instance may have made.
    pub(super) fn stage_revocation_until(&self, revoked: Revoked, least: Timestamp) -> SessionTermination {
        let expires_at = self.repository.now().plus(KEPT).max(least);
        let id = RevocationId::generate(self.clock.as_ref(), self.rng.as_ref());
        let revocation = Revocation { revoked, expires_at };
        SessionTermination {
            batch: Repository::add_revocation(id, revocation.clone()),
            revocations: vec![revocation],
        }
    }
}

/// The session has ended, and the browser forgets it.
fn over() -> AppError {
    AppError::new(&SESSION_REVOKED)
        .with_cookie(SetCookie::clear(CookieKind::Access))
        .with_cookie(SetCookie::clear(CookieKind::Refresh))
}

pub(super) fn cleared() -> Vec<SetCookie> {
    vec![SetCookie::clear(CookieKind::Access), SetCookie::clear(CookieKind::Refresh)]
}

#[cfg(test)]
mod tests;
