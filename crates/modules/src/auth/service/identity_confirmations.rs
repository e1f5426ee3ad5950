//! Confirming the address of an identity that a provider does not vouch for: with the mailed link, in the browser that came
//! from the provider, or signed in to the account with this address a moment ago. A click alone joins nothing.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::Guest;
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_lib::store::{StoreError, Stored};

use super::new_sessions::NewSessions;
use super::oauth_attempts::OAuthAttempts;
use crate::auth::devices::Devices;
use crate::auth::email_templates;
use crate::auth::identity_emails::IdentityNoticeEmail;
use crate::auth::oauth_cookies::OAuthCookies;
use crate::auth::redemptions::{RECOGNIZED, Redemptions};
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::{PendingIdentity, Ticket, TicketFor};
use crate::auth::session_tokens::SignedIn;
use crate::auth::types::oauth::{ConfirmIdentity, PendingCookie};
use crate::auth::types::{ACCOUNT_SUSPENDED, TOKEN_INVALID};
use crate::mail;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
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
    /// How long a sign-in counts as recent.
    pub(in crate::auth) fresh: Duration,
    pub(in crate::auth) clock: Arc<dyn Clock>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

type Waiting = (Stored<Ticket>, Stored<PendingIdentity>);

impl IdentityConfirmations {
    /// Joins the identity of a link to the account with its address, or creates that account, and signs in. A repeated
    /// request from the same browser signs in again for ten minutes.
    ///
    /// # Errors
    /// `TOKEN_INVALID` for a link that is unknown, used or expired, or whose identity another user has by now;
    /// `REAUTHENTICATION_REQUIRED` in another browser, unless the account's user signed in there a moment ago;
    /// `ACCOUNT_SUSPENDED`; 503.
    pub async fn confirm(&self, guest: Guest, input: ConfirmIdentity) -> Result<SignedIn, AppError> {
        let ConfirmIdentity { token, pending: cookie, device, refresh } = input;
        let invalid = || AppError::new(&TOKEN_INVALID);
        self.revocations.know_the_time().await?;
        let token = OneTimeToken::parse(token.expose()).ok_or_else(invalid)?;
        let user = match self.waiting(&token).await? {
            Some(waiting) => {
                let is_here = self.is_here(&waiting, cookie.as_ref());
                if !is_here && !self.is_owner(&guest, &waiting).await? {
                    return Err(AppError::new(&codes::REAUTHENTICATION_REQUIRED).with_message(
                        "Open this link in the browser in which you came from the provider, or sign in first",
                    ));
                }
                self.join(&token, is_here).await?
            }
            None => self.repeated(&token, cookie.as_ref()).await?,
        };
        let user = user.ok_or_else(invalid)?;
        if user.is_suspended() {
            return Err(AppError::new(&ACCOUNT_SUSPENDED));
        }
        let known = self.devices.note(device.as_ref(), user.email());
        let signed_in = self.sessions.sign_in(guest.client(), &user, known, refresh.as_ref()).await?;
        let Some(note) = self.cookies.pending(cookie.as_ref()) else { return Ok(signed_in) };
        let (link, until) = (Repository::identity_key(&token), self.repository.now().plus(RECOGNIZED));
        Ok(signed_in.with_cookie(self.cookies.of_used_link(note.pending, link, until, RECOGNIZED)?))
    }

    /// The link and the identity that it confirms.
    async fn waiting(&self, token: &OneTimeToken) -> Result<Option<Waiting>, AppError> {
        let Some(ticket) = self.repository.identity_ticket(token).await? else { return Ok(None) };
        let TicketFor::Identity { pending, .. } = ticket.value().purpose else { return Ok(None) };
        Ok(self.repository.pending_identity(pending).await?.map(|pending| (ticket, pending)))
    }

    fn is_here(&self, (_, pending): &Waiting, cookie: Option<&PendingCookie>) -> bool {
        self.cookies.pending(cookie).is_some_and(|note| note.pending == *pending.id())
    }

    /// Whether the caller signed in a moment ago to the account with this address.
    async fn is_owner(&self, guest: &Guest, (_, pending): &Waiting) -> Result<bool, AppError> {
        let Some(principal) = guest.principal() else { return Ok(false) };
        let is_recent = self.clock.now() <= principal.authenticated_at.plus(self.fresh);
        let owner = self.users.by_email(&pending.value().email).await?;
        Ok(is_recent && owner.is_some_and(|owner| owner.id() == principal.user_id))
    }

    /// Joins the identity; `None` if the link is no longer valid.
    async fn join(&self, token: &OneTimeToken, is_here: bool) -> Result<Option<User>, AppError> {
        let joined = retry_on_stale(self.rng.as_ref(), || self.join_once(token, is_here)).await?;
        let user = joined.ok_or_else(|| lost_every_race("an identity lost every race for its account"))?;
        if let Some(user) = &user {
            tracing::info!(user_id = %user.id(), "a confirmed identity was joined to a user");
            self.mails.wake();
        }
        Ok(user)
    }

    async fn join_once(
        &self,
        token: &OneTimeToken,
        is_here: bool,
    ) -> Result<Attempt<Option<User>>, AppError> {
        let Some((ticket, read)) = self.waiting(token).await? else { return Ok(Attempt::Done(None)) };
        let PendingIdentity { provider, subject, email, name, language, .. } = read.value();
        if self.users.by_provider(subject).await?.is_some() {
            return Ok(Attempt::Done(None));
        }
        let address = Some(email.as_str().to_owned());
        let account = self.users.new_provider_account(provider, subject.clone(), address);
        let (id, epoch, writes) = match self.users.by_email_including_deleted(email).await? {
            None if is_here => {
                let newcomer = NewUser::without_password(email.clone(), name.clone());
                let (id, creation) = self.users.stage_creation(newcomer.who_reads(language.clone()));
                (id, FIRST_EPOCH, creation.and(user::Service::stage_provider(id, account)))
            }
            Some(owner) if !owner.is_deleted() && !owner.is_suspended() => {
                let notice = IdentityNoticeEmail::new(&owner, self.attempts.label(provider));
                let mail = self.mails.stage(email_templates::IDENTITY_LINKED, owner.email(), &notice)?;
                let writes = user::Service::stage_link(&owner, account).and(mail);
                (owner.id(), owner.session_epoch(), writes)
            }
            Some(owner) if owner.is_suspended() => return Ok(Attempt::Done(Some(owner))),
            _ => return Ok(Attempt::Done(None)),
        };
        let redemption = self.redemptions.redemption_in(id, epoch);
        match self.repository.redeem_identity(&ticket, &read, redemption, writes).await {
            Ok(()) => Ok(Attempt::Done(self.users.by_id(id).await?)),
            Err(error @ (StoreError::Stale { .. } | StoreError::Duplicate { .. })) => {
                Attempt::unless_raced(error)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The user of a link that this browser used a moment ago.
    async fn repeated(
        &self,
        token: &OneTimeToken,
        cookie: Option<&PendingCookie>,
    ) -> Result<Option<User>, AppError> {
        let Some(used) = self.repository.redeemed_identity(token).await? else { return Ok(None) };
        let link = used.id().to_string();
        let note = self.cookies.pending(cookie);
        if note.is_none_or(|note| note.redeemed.as_deref() != Some(link.as_str())) {
            return Ok(None);
        }
        let owner = self.users.by_id(used.value().user).await?;
        Ok(owner.filter(|owner| owner.is_active_in(used.value().epoch)))
    }
}
