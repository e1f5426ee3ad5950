//! Administrators who act as other users for a while, to see what they see. Each impersonation belongs to the session from
//! which it was begun: `Sessions` ends it, and it ends with that session.

use std::sync::Arc;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{FreshGranted, SessionId};
use palisade_core::ports::{Clock, Rng};
use palisade_core::values::Id as _;
use palisade_lib::store::Stored;

use crate::audit::types::EventType;
use crate::audit::{self, Act};
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::{Impersonation, Session};
use crate::auth::session_tokens::{SessionTokens, SignedIn};
use crate::auth::types::managing::Impersonate;
use crate::permissions::UserImpersonate;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::user::{self, User};

/// Begins impersonations.
#[derive(Debug)]
pub struct Impersonations {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) tokens: Arc<SessionTokens>,
    pub(in crate::auth) audit: audit::Service,
    pub(in crate::auth) clock: Arc<dyn Clock>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

/// What the decision rests on, as read: none of it may change before it is written.
struct Parties {
    actor: User,
    session: Stored<Session>,
    subject: User,
}

impl Impersonations {
    /// Lets the caller act as a user of a strictly lower rank, all of whose permissions the caller has, for
    /// `IMPERSONATION_TTL`. An attempt that is refused because of them is recorded.
    ///
    /// # Errors
    /// 404; 403 for a user of the same or a higher rank, for oneself, and for a user with a permission that the caller lacks;
    /// 409 for a suspended user; `IMPERSONATING` if this session impersonates somebody already; 503.
    pub async fn start(
        &self,
        by: FreshGranted<UserImpersonate>,
        input: Impersonate,
    ) -> Result<SignedIn, AppError> {
        self.revocations.know_the_time().await?;
        let started = retry_on_stale(self.rng.as_ref(), || async {
            let parties = self.read(&by, &input).await?;
            let Parties { actor, session, subject } = &parties;
            let id = SessionId::generate(self.clock.as_ref(), self.rng.as_ref());
            let event = Act::of(by.granted().user()).on(subject.id(), EventType::ImpersonationStarted);
            if let Err(refused) = allows(actor, subject) {
                self.audit.record(event.refused()).await?;
                return Err(refused);
            }
            if subject.is_suspended() {
                let message = "The account is suspended: reactivate it first";
                return Err(AppError::new(&codes::CONFLICT).with_message(message));
            }
            let impersonation = Some(Impersonation { id, user: subject.id() });
            let next = Session { impersonation, ..session.value().clone() };
            let acting = self.tokens.impersonating((subject, id), actor, (*session.id(), session.value()))?;
            let unchanged =
                user::Service::stage_unchanged(actor).and(user::Service::stage_unchanged(subject));
            let event = self.audit.stage(event.about(&id));
            match self.repository.enter_impersonation((session, next), unchanged, event).await {
                Ok(()) => Ok(Attempt::Done(acting)),
                Err(error) => Attempt::unless_stale(error),
            }
        });
        let contended = || lost_every_race("the accounts changed faster than one could act as the other");
        let acting = started.await?.ok_or_else(contended)?;
        let actor = by.granted().user().user_id();
        tracing::warn!(user_id = %actor, subject = %input.id, "an administrator began to act as a user");
        Ok(acting)
    }

    /// Everything as it is now: the access token proved the permission when it was made.
    async fn read(
        &self,
        by: &FreshGranted<UserImpersonate>,
        input: &Impersonate,
    ) -> Result<Parties, AppError> {
        let (caller, over) = (by.granted().user(), || AppError::new(&codes::AUTH_401));
        let actor = self.users.by_id(caller.user_id()).await?.ok_or_else(over)?;
        let session = caller.principal().session_id().ok_or_else(over)?;
        let session = self.repository.session(session).await?;
        let session = session.filter(|session| actor.is_active_in(session.value().epoch)).ok_or_else(over)?;
        if !actor.effective_permissions().has::<UserImpersonate>() {
            return Err(AppError::new(&codes::FORBIDDEN));
        }
        if session.value().impersonation.is_some() {
            return Err(AppError::new(&codes::IMPERSONATING));
        }
        let subject = self.users.by_id(input.id).await?.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
        Ok(Parties { actor, session, subject })
    }
}

/// Whether a user may act as another: of a strictly lower rank, and with nothing that the actor could not do anyway.
///
/// # Errors
/// 403, with the rule that forbids it.
fn allows(actor: &User, subject: &User) -> Result<(), AppError> {
    let forbidden = |message: String| AppError::new(&codes::FORBIDDEN).with_message(message);
    if actor.id() == subject.id() {
        return Err(forbidden("You cannot act as yourself".to_owned()));
    }
    if !actor.role().impersonates(subject.role()) {
        return Err(forbidden("You can act only as users of a lower rank than your own".to_owned()));
    }
    let (held, needed) = (actor.effective_permissions(), subject.effective_permissions());
    // Every word counts, also one that only another release declares: on its instances it permits something.
    let lacking = needed.iter().find(|word| !held.contains(word));
    match lacking {
        Some(word) => Err(forbidden(format!(
            "You cannot act as a user with the permission `{word}`, which you do not have"
        ))),
        None => Ok(()),
    }
}
