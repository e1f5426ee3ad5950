//! Invitations: somebody with the permission, or the operator, offers an account to an address.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Granted, GrantedInPerson, Operator};
use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_core::utils::pagination::Page;
use palisade_core::values::Id as _;
use palisade_lib::store::{StoreError, Stored};

use crate::audit::types::EventType;
use crate::audit::{self, Act, Event};
use crate::auth::email_templates;
use crate::auth::emails::InvitationEmail;
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::{Invitation, InvitedBy};
use crate::auth::types::invitations::{
    InvitationId, InvitationPath, InvitationView, InviteUser, InvitedView, ListInvitations,
};
use crate::permissions::{UserCreate, UserRead};
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::user::types::{EMAIL_TAKEN, Email, Name, Role};
use crate::{mail, user};

/// Creates, lists, resends and withdraws invitations.
#[derive(Debug)]
pub struct Invitations {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) audit: audit::Service,
    pub(in crate::auth) lifetime: Duration,
    pub(in crate::auth) clock: Arc<dyn Clock>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl Invitations {
    /// Invites an address to an account with a role below the caller's own.
    ///
    /// # Errors
    /// 403 for a role that the caller may not give; `EMAIL_TAKEN`; 409 while the address has a pending invitation; 503.
    pub async fn invite(
        &self,
        by: GrantedInPerson<UserCreate>,
        input: InviteUser,
    ) -> Result<InvitedView, AppError> {
        let InviteUser { email, name, role } = input;
        let (role, user) = (role.unwrap_or(Role::User), by.user().user_id());
        self.judge(&by, role, || Act::of(by.user()).did(EventType::InvitationCreated)).await?;
        let act = Act::of(by.user());
        let invitation = self.offer(act, (email, name), role, InvitedBy::User { user }).await?;
        tracing::info!(user_id = %user, invitation = %invitation.id, %role, "invited somebody");
        Ok(InvitedView { invitation })
    }

    /// The same by the operator, who may give any role.
    ///
    /// # Errors
    /// `EMAIL_TAKEN`; 409 while the address has a pending invitation; 503.
    pub async fn invite_as_operator(
        &self,
        operator: &Operator<'_>,
        (email, name): (Email, Option<Name>),
        role: Role,
    ) -> Result<InvitationView, AppError> {
        let act = Act::of_operator(operator);
        let invitation = self.offer(act, (email, name), role, InvitedBy::Operator).await?;
        tracing::warn!(act = operator.name(), invitation = %invitation.id, %role, "invited somebody");
        Ok(invitation)
    }

    async fn offer(
        &self,
        act: Act,
        (email, name): (Email, Option<Name>),
        role: Role,
        invited_by: InvitedBy,
    ) -> Result<InvitationView, AppError> {
        self.revocations.know_the_time().await?;
        if self.users.is_taken(&email).await? {
            return Err(AppError::new(&EMAIL_TAKEN));
        }
        let id = InvitationId::generate(self.clock.as_ref(), self.rng.as_ref());
        let mail =
            self.mails.stage(email_templates::INVITATION, &email, &InvitationEmail { invitation: id })?;
        let hash = Repository::invitation_hash(&OneTimeToken::generate(self.rng.as_ref()));
        let expires_at = self.repository.now().plus(self.lifetime);
        let invitation = Invitation { email, name, role, invited_by, hash, expires_at };
        let event = act.did(EventType::InvitationCreated).about(&id);
        let more = self.audit.stage(event).and(mail);
        let created_at = match self.repository.add_invitation((id, invitation.clone()), more).await {
            Ok(created_at) => created_at,
            Err(StoreError::Duplicate { collection: "invited_addresses", .. }) => {
                let message =
                    "This address has a pending invitation: send that one again, or withdraw it first";
                return Err(AppError::new(&codes::CONFLICT).with_message(message));
            }
            Err(error) => return Err(error.into()),
        };
        self.mails.wake();
        Ok(view(id, invitation, created_at))
    }

    /// A page of the pending invitations, newest first.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn list(
        &self,
        _by: Granted<UserRead>,
        input: ListInvitations,
    ) -> Result<Page<InvitationView>, AppError> {
        let pending = self.repository.pending_invitations(&input.page).await?;
        Ok(pending.map(|read| view(*read.id(), read.value().clone(), read.created_at())))
    }

    /// Mails another link, which replaces the earlier one and lives as long as the first did. From now on the caller
    /// vouches for the invitation. Over the mail budget nothing is sent, and the earlier link stays valid.
    ///
    /// # Errors
    /// 404; 403 for the invitation to a role that the caller may not give; `EMAIL_TAKEN`; 503.
    pub async fn resend(
        &self,
        by: GrantedInPerson<UserCreate>,
        input: InvitationPath,
    ) -> Result<(), AppError> {
        self.revocations.know_the_time().await?;
        let resent = retry_on_stale(self.rng.as_ref(), || async {
            let read = self.within_reach(&by, input.id, EventType::InvitationResent).await?;
            let email = &read.value().email;
            if self.users.is_taken(email).await? {
                return Err(AppError::new(&EMAIL_TAKEN));
            }
            let again = InvitationEmail { invitation: input.id };
            let mail = self.mails.stage(email_templates::INVITATION, email, &again)?;
            let renewed = Invitation {
                invited_by: InvitedBy::User { user: by.user().user_id() },
                expires_at: self.repository.now().plus(self.lifetime).max(read.value().expires_at),
                ..read.value().clone()
            };
            let event = Act::of(by.user()).did(EventType::InvitationResent).about(&input.id);
            let more = self.audit.stage(event).and(mail);
            let renewed = self.repository.renew_invitation(&read, renewed, more).await;
            renewed.map_or_else(Attempt::unless_raced, |()| Ok(Attempt::Done(())))
        });
        resent.await?.ok_or_else(contended)?;
        tracing::info!(user_id = %by.user().user_id(), invitation = %input.id, "sent an invitation again");
        self.mails.wake();
        Ok(())
    }

    /// Withdraws an invitation: its link is invalid from now on.
    ///
    /// # Errors
    /// 404; 403 for the invitation to a role that the caller may not give; 503.
    pub async fn withdraw(
        &self,
        by: GrantedInPerson<UserCreate>,
        input: InvitationPath,
    ) -> Result<(), AppError> {
        let withdrawn = retry_on_stale(self.rng.as_ref(), || async {
            let read = self.within_reach(&by, input.id, EventType::InvitationWithdrawn).await?;
            let event = Act::of(by.user()).did(EventType::InvitationWithdrawn).about(&input.id);
            let withdrawn = self.repository.withdraw_invitation(&read, self.audit.stage(event)).await;
            withdrawn.map_or_else(Attempt::unless_stale, |()| Ok::<_, AppError>(Attempt::Done(())))
        });
        withdrawn.await?.ok_or_else(contended)?;
        tracing::info!(user_id = %by.user().user_id(), invitation = %input.id, "withdrew an invitation");
        Ok(())
    }

    /// A pending invitation to a role that the caller may give; for a super-admin any.
    async fn within_reach(
        &self,
        by: &GrantedInPerson<UserCreate>,
        id: InvitationId,
        kind: EventType,
    ) -> Result<Stored<Invitation>, AppError> {
        let found = self.repository.invitation(id).await?;
        let read = found.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
        let principal = by.user().principal();
        let is_super_admin = Role::from_word(&principal.role) == Some(Role::SuperAdmin);
        // Only an operator invites super-admins, and one of them must be able to end a mistaken invitation.
        if !is_super_admin || principal.key_id().is_some() {
            let role = read.value().role;
            self.judge(by, role, || Act::of(by.user()).did(kind).about(&id)).await?;
        }
        Ok(read)
    }

    /// Whether the caller may give this role. An attempt that is refused is recorded.
    async fn judge(
        &self,
        by: &GrantedInPerson<UserCreate>,
        role: Role,
        event: impl FnOnce() -> Event,
    ) -> Result<(), AppError> {
        let Err(refused) = self.below(by, role) else { return Ok(()) };
        self.audit.record(event().refused()).await?;
        Err(refused)
    }

    /// Whether the caller may give this role, by the role in the proof. An API key gives only what it has itself: otherwise whoever
    /// holds it could invite an address of theirs to all that its owner may give.
    fn below(&self, by: &GrantedInPerson<UserCreate>, role: Role) -> Result<(), AppError> {
        let principal = by.user().principal();
        if principal.key_id().is_some()
            && !principal.permissions.includes(&self.users.rights().of_user(role, []))
        {
            let message =
                format!("This API key cannot give the role `{role}`: it lacks permissions of that role");
            return Err(AppError::new(&codes::FORBIDDEN).with_message(message));
        }
        let own = Role::from_word(&principal.role).unwrap_or(Role::User);
        if own.gives(role) {
            return Ok(());
        }
        let message = format!("You cannot give the role `{role}`: only roles below your own, `{own}`");
        Err(AppError::new(&codes::FORBIDDEN).with_message(message))
    }
}

fn view(id: InvitationId, invitation: Invitation, created_at: Timestamp) -> InvitationView {
    let Invitation { email, name, role, invited_by, hash: _, expires_at } = invitation;
    let invited_by = match invited_by {
        InvitedBy::User { user } => Some(user),
        InvitedBy::Operator => None,
    };
    InvitationView { id, email, name, role, invited_by, created_at, expires_at }
}

fn contended() -> AppError {
    lost_every_race("an invitation changed faster than it could be changed")
}
