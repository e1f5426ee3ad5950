//! Confirming the address of an identity that a provider does not vouch for. Two proofs meet: the mailed link proves the
//! mailbox, and the cookie of the browser that came from the provider says which identity. Neither joins anything alone, and
//! a link that a stranger caused serves the owner as well as one of their own.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::{Client, Visitor};
use palisade_core::ports::Rng;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_lib::store::Stored;

use super::new_sessions::NewSessions;
use super::oauth_attempts::OAuthAttempts;
use crate::audit::Act;
use crate::auth::devices::Devices;
use crate::auth::email_templates;
use crate::auth::identity_emails::IdentityNoticeEmail;
use crate::auth::oauth_cookies::{OAuthCookies, PendingNote};
use crate::auth::redemptions::{RECOGNIZED, Redemptions};
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::{PendingIdentity, PendingIdentityId, Proof, Ticket, TicketFor};
use crate::auth::session_tokens::SignedIn;
use crate::auth::types::oauth::ConfirmIdentity;
use crate::auth::types::{ACCOUNT_SUSPENDED, OTHER_BROWSER, TOKEN_INVALID};
use crate::mail;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::user::types::Email;
use crate::user::{self, FIRST_EPOCH, NewUser, User};

/// Joins identities whose address is confirmed.
#[derive(Debug)]
pub struct IdentityConfirmations {
    pub(in crate::auth) attempts: Arc<OAuthAttempts>,
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) devices: Arc<Devices>,
    pub(in crate::auth) sessions: Arc<NewSessions>,
    pub(in crate::auth) cookies: Arc<OAuthCookies>,
    pub(in crate::auth) redemptions: Arc<Redemptions>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl IdentityConfirmations {
    /// Joins the identity that this browser brought to the account with its address, or creates that account, and signs in. A
    /// repeated request from the same browser signs in again for ten minutes.
    ///
    /// # Errors
    /// `TOKEN_INVALID` for a link that is unknown, used or expired, or whose identity another user has by now;
    /// `OTHER_BROWSER` in a browser that brought no identity with this address; `ACCOUNT_SUSPENDED`; 503.
    pub async fn confirm(&self, visitor: Visitor, input: ConfirmIdentity) -> Result<SignedIn, AppError> {
        let ConfirmIdentity { token, pending: cookie, device, refresh } = input;
        let invalid = || AppError::new(&TOKEN_INVALID);
        self.revocations.know_the_time().await?;
        let token = OneTimeToken::parse(token.expose()).ok_or_else(invalid)?;
        let note = self.cookies.pending(cookie.as_ref());
        let user = match (self.link(&token).await?, &note) {
            (Some(_), None) => return Err(AppError::new(&OTHER_BROWSER)),
            (Some(_), Some(note)) => self.join(visitor.client(), &token, note.pending).await?,
            (None, Some(note)) => self.repeated(&token, note).await?,
            (None, None) => None,
        };
        let user = user.ok_or_else(invalid)?;
        if user.is_suspended() {
            return Err(AppError::new(&ACCOUNT_SUSPENDED));
        }
        let known = self.devices.note(device.as_ref(), user.email());
        let signed_in = self
            .sessions
            .sign_in(visitor.client(), (&user, Proof::Provider), known, refresh.as_ref())
            .await?;
        let Some(note) = note else { return Ok(signed_in) };
        let (link, until) = (Repository::identity_key(&token), self.repository.now().plus(RECOGNIZED));
        Ok(signed_in.with_cookie(self.cookies.of_used_link(note.pending, link, until, RECOGNIZED)?))
    }

    /// The link, and the address that it proves.
    async fn link(&self, token: &OneTimeToken) -> Result<Option<(Stored<Ticket>, Email)>, AppError> {
        let Some(ticket) = self.repository.identity_ticket(token).await? else { return Ok(None) };
        let TicketFor::Identity { email } = ticket.value().purpose.clone() else { return Ok(None) };
        Ok(Some((ticket, email)))
    }

    /// Joins the identity; `None` if the link is no longer valid.
    async fn join(
        &self,
        client: &Client,
        token: &OneTimeToken,
        pending: PendingIdentityId,
    ) -> Result<Option<User>, AppError> {
        let joined = retry_on_stale(self.rng.as_ref(), || self.join_once(client, token, pending)).await?;
        let user = joined.ok_or_else(|| lost_every_race("an identity lost every race for its account"))??;
        if let Some(user) = &user {
            tracing::info!(user_id = %user.id(), "a confirmed identity was joined to a user");
            self.mails.wake();
        }
        Ok(user)
    }

    async fn join_once(
        &self,
        client: &Client,
        token: &OneTimeToken,
        pending: PendingIdentityId,
    ) -> Result<Attempt<Result<Option<User>, AppError>>, AppError> {
        let Some((ticket, proven)) = self.link(token).await? else { return Ok(Attempt::Done(Ok(None))) };
        // The link proves one mailbox, and the browser brought an identity: both must be of one address.
        let read = self.repository.pending_identity(pending).await?;
        let Some(read) = read.filter(|read| read.value().email == proven) else {
            return Ok(Attempt::Done(Err(AppError::new(&OTHER_BROWSER))));
        };
        let PendingIdentity { provider, subject, email, name, language, .. } = read.value();
        if self.users.by_provider(subject).await?.is_some() {
            return Ok(Attempt::Done(Ok(None)));
        }
        let address = Some(email.as_str().to_owned());
        let account = self.users.new_provider_account(provider, subject.clone(), address);
        let (id, epoch, writes) = match self.users.by_email_including_deleted(email).await? {
            None => {
                let newcomer = NewUser::without_password(email.clone(), name.clone());
                let act = |id| Act::of_proven(id, client);
                let (id, creation) = self.users.stage_creation(newcomer.who_reads(language.clone()), act);
                (id, FIRST_EPOCH, creation.and(self.users.stage_provider(id, account, act(id))))
            }
            Some(owner) if !owner.is_deleted() && !owner.is_suspended() => {
                let notice = IdentityNoticeEmail::new(&owner, self.attempts.label(provider));
                let mail = self.mails.stage(email_templates::IDENTITY_LINKED, owner.email(), &notice)?;
                let act = Act::of_proven(owner.id(), client);
                let Some(link) = self.users.stage_link(&owner, account, act).await? else {
                    return Ok(Attempt::Done(Ok(None)));
                };
                (owner.id(), owner.session_epoch(), link.and(mail))
            }
            Some(owner) if owner.is_deleted() => return Ok(Attempt::Done(Ok(None))),
            Some(suspended) => return Ok(Attempt::Done(Ok(Some(suspended)))),
        };
        let redemption = self.redemptions.redemption_in(id, epoch);
        match self.repository.redeem_identity(&ticket, &read, redemption, writes).await {
            Ok(()) => Ok(Attempt::Done(Ok(self.users.by_id(id).await?))),
            Err(error) => Attempt::unless_raced(error),
        }
    }

    /// The user of a link that this browser used a moment ago.
    async fn repeated(&self, token: &OneTimeToken, note: &PendingNote) -> Result<Option<User>, AppError> {
        let Some(used) = self.repository.redeemed_identity(token).await? else { return Ok(None) };
        if note.redeemed.as_deref() != Some(used.id().to_string().as_str()) {
            return Ok(None);
        }
        let owner = self.users.by_id(used.value().user).await?;
        Ok(owner.filter(|owner| owner.is_active_in(used.value().epoch)))
    }
}
