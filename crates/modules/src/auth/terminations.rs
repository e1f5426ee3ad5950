//! The end of sessions and of tokens whose signature is still valid: written for every instance, and applied to
//! this one before it answers.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::{Client, SessionId, UserId};
use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::values::Id;
use palisade_lib::store::{StoreError, Stored};

use super::repository::{New, Repository};
use super::revocations::{KEPT, Revocations};
use super::schema::{
    AccountTicket, ApiKeyDocument, Impersonation, Redemption, Revocation, RevocationId, Revoked, Session,
    TicketKey,
};
use crate::audit::types::EventType;
use crate::audit::{self, Act, Event};
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::staged::Staged;
use crate::user::{self, User};

/// Ends sessions.
#[derive(Debug)]
pub(super) struct Terminations {
    repository: Arc<Repository>,
    revocations: Arc<Revocations>,
    audit: audit::Service,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Terminations {
    pub(super) fn new(
        repository: Arc<Repository>,
        revocations: Arc<Revocations>,
        audit: audit::Service,
        (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>),
    ) -> Self {
        Self { repository, revocations, audit, clock, rng }
    }

    /// Starts a session of a user who has just proven to be one, ends the one that it replaces, and sends a mail if there is
    /// one. Fails as stale if the replaced one changed meanwhile.
    pub(super) async fn replace(
        &self,
        client: &Client,
        replaced: Option<&Stored<Session>>,
        begun: New<SessionId, Session>,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let (id, user) = (begun.0, begun.1.user);
        let started = Act::of_proven(user, client).on(user, EventType::SessionStarted).about(&id);
        let more = self.audit.stage(started).and(mail);
        let Some(replaced) = replaced else { return self.repository.begin_session(begun, None, more).await };
        let ended = Act::of_proven(user, client).on(replaced.value().user, EventType::SessionEnded);
        let more = more.and(self.stage_end_of(replaced, ended));
        self.write(of_session(replaced), Timestamp::EPOCH, |revocation| {
            self.repository.begin_session(begun, Some((replaced, revocation)), more)
        })
        .await
    }

    /// Ends a session in the state that was read, and sends a mail about it if there is one. Fails as stale if the
    /// session changed.
    pub(super) async fn end(
        &self,
        session: &Stored<Session>,
        event: Event,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let more = self.stage_end_of(session, event).and(mail);
        self.write(of_session(session), Timestamp::EPOCH, |revocation| {
            self.repository.end_session(session, revocation, more)
        })
        .await
    }

    /// The event of the end of a session, and that of the impersonation that ends with it: its token names the session.
    fn stage_end_of(&self, session: &Stored<Session>, event: Event) -> Staged {
        let also = session.value().impersonation.map_or_else(Staged::nothing, |impersonation| {
            let ended = event.and_on(impersonation.user, EventType::ImpersonationEnded);
            self.audit.stage(ended.about(&impersonation.id))
        });
        self.audit.stage(event.about(session.id())).and(also)
    }

    /// Ends an impersonation, and continues the session of the administrator, which was read. Fails as stale if that changed.
    pub(super) async fn end_impersonation(
        &self,
        session: &Stored<Session>,
        next: Session,
        ended: Impersonation,
        act: Act,
    ) -> Result<(), StoreError> {
        let event = act.on(ended.user, EventType::ImpersonationEnded).about(&ended.id);
        let event = self.audit.stage(event);
        self.write(Revoked::Session { session: ended.id }, Timestamp::EPOCH, |revocation| {
            self.repository.leave_impersonation((session, next), revocation, event)
        })
        .await
    }

    /// Ends a session however often it changes meanwhile. `act` says who ends it, by the user whose session it is.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(super) async fn end_by_id(
        &self,
        id: SessionId,
        act: impl Fn(UserId) -> Act + Sync,
    ) -> Result<(), AppError> {
        let ended = retry_on_stale(self.rng.as_ref(), || async {
            let Some(session) = self.repository.session(id).await? else { return Ok(Attempt::Done(())) };
            let owner = session.value().user;
            let event = act(owner).on(owner, EventType::SessionEnded);
            let ended = self.end(&session, event, Staged::nothing()).await;
            ended.map_or_else(Attempt::unless_stale, |()| Ok::<_, AppError>(Attempt::Done(())))
        });
        ended.await?.ok_or_else(|| lost_every_race("a session changed faster than it could be ended"))
    }

    /// Revokes an API key in the state that was read. `because` has the preconditions of who decides. Fails as stale if one of
    /// them changed.
    pub(super) async fn end_api_key(
        &self,
        key: &Stored<ApiKeyDocument>,
        event: Event,
        because: Staged,
    ) -> Result<(), StoreError> {
        let because = self.audit.stage(event).and(because);
        self.write(Revoked::ApiKey { key: *key.id() }, Timestamp::EPOCH, |revocation| {
            self.repository.end_api_key(key, revocation, because)
        })
        .await
    }

    /// Revokes the tokens of a session that is no longer stored.
    pub(super) async fn refuse_session(&self, session: SessionId) -> Result<(), StoreError> {
        let nothing = (Staged::nothing(), Staged::nothing());
        self.revoke(Revoked::Session { session }, Timestamp::EPOCH, nothing).await
    }

    /// Ends every session of a user, with one write to one document. Fails as stale if the user changed meanwhile.
    pub(super) async fn end_all_of(&self, user: &User, act: Act) -> Result<(), StoreError> {
        let event = act.on(user.id(), EventType::UserSessionsEnded);
        self.change(user, user::Service::stage_end_of_sessions(user), event, Staged::nothing()).await
    }

    /// Changes a user, revokes their earlier access tokens, and sends a mail if there is one. Fails as stale if the user
    /// changed meanwhile.
    pub(super) async fn change(
        &self,
        user: &User,
        (minimum_version, change): (i64, Staged),
        event: Event,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let revoked = Revoked::User { user: user.id(), minimum_version };
        let change = change.and(self.audit.stage(event));
        self.revoke(revoked, Timestamp::EPOCH, (change, mail)).await
    }

    /// The same with a link, which this uses up. Fails as stale also if the link was used meanwhile.
    pub(super) async fn change_by_link(
        &self,
        ticket: &Stored<AccountTicket>,
        user: &User,
        (minimum_version, change): (i64, Staged),
        event: Event,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let revoked = Revoked::User { user: user.id(), minimum_version };
        let change = change.and(self.audit.stage(event));
        self.write(revoked, Timestamp::EPOCH, |revocation| {
            self.repository.redeem_account_ticket(ticket, change, revocation, mail)
        })
        .await
    }

    /// Changes the address of a user with the link that confirms it: every other session ends, `session` goes on. Fails as
    /// stale if link, user or session changed meanwhile, and as a duplicate if the address was claimed.
    pub(super) async fn change_email(
        &self,
        ticket: &Stored<AccountTicket>,
        (user, minimum_version, change): (&User, i64, Staged),
        session: (&Stored<Session>, Session),
        redemption: New<TicketKey, Redemption>,
        event: Event,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let revoked = Revoked::User { user: user.id(), minimum_version };
        let change = change.and(self.audit.stage(event));
        self.write(revoked, Timestamp::EPOCH, |revocation| {
            self.repository.redeem_email_change(ticket, (change, mail), session, revocation, redemption)
        })
        .await
    }

    /// Revokes the tokens that a signing key signed, at least until this moment, together with the withdrawal of
    /// the key.
    pub(super) async fn refuse_key(
        &self,
        kid: &str,
        least: Timestamp,
        withdrawal: Staged,
        event: Event,
    ) -> Result<(), StoreError> {
        let writes = (withdrawal, self.audit.stage(event.about(kid)));
        self.revoke(Revoked::Key { kid: kid.to_owned() }, least, writes).await
    }

    async fn revoke(
        &self,
        revoked: Revoked,
        least: Timestamp,
        (because, mail): (Staged, Staged),
    ) -> Result<(), StoreError> {
        self.write(revoked, least, |revocation| self.repository.revoke(revocation, because, mail)).await
    }

    /// Writes a decision together with its revocation, which this instance knows from then on, before anything is answered. It
    /// is kept at least until `least`, and longer than any token that an instance may have issued.
    async fn write<F>(
        &self,
        revoked: Revoked,
        least: Timestamp,
        decision: impl FnOnce(New<RevocationId, Revocation>) -> F,
    ) -> Result<(), StoreError>
    where
        F: Future<Output = Result<(), StoreError>>,
    {
        let expires_at = self.repository.now().plus(KEPT).max(least);
        let id = RevocationId::generate(self.clock.as_ref(), self.rng.as_ref());
        let revocation = Revocation { revoked, expires_at };
        decision((id, revocation.clone())).await?;
        self.revocations.apply(&revocation, self.clock.now());
        Ok(())
    }
}

fn of_session(session: &Stored<Session>) -> Revoked {
    Revoked::Session { session: *session.id() }
}
