//! Another address for an account: requested by its user, confirmed with a link that is mailed to the new address, in a
//! session of that user. Whoever clicks must be who asked: a click alone attaches an address to nobody.

use std::sync::Arc;

use palisade_core::cookies::SetCookie;
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{FreshUser, Person};
use palisade_core::ports::Rng;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_core::values::Violation;
use palisade_lib::store::{StoreError, Stored};

use crate::audit::Act;
use crate::audit::types::EventType;
use crate::auth::account_links::AccountLinks;
use crate::auth::devices::Devices;
use crate::auth::email_templates;
use crate::auth::emails::{AddressedEmail, EmailChangeEmail};
use crate::auth::redemptions::Redemptions;
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::{AccountLink, AccountTicket, Session};
use crate::auth::session_tokens::{SessionTokens, SignedIn};
use crate::auth::terminations::Terminations;
use crate::auth::types::{ChangeEmail, ConfirmEmail, ConfirmedView, TOKEN_INVALID};
use crate::mail;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::user::types::{EMAIL_TAKEN, Email};
use crate::user::{self, User};

/// The result of a confirmed address: the user, and the cookies of the session that goes on.
#[derive(Debug)]
pub struct Confirmed {
    /// The view to answer with.
    pub view: ConfirmedView,
    /// The cookies to set.
    pub cookies: Vec<SetCookie>,
}

/// Changes addresses.
#[derive(Debug)]
pub struct EmailChanges {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) links: Arc<AccountLinks>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) devices: Arc<Devices>,
    pub(in crate::auth) tokens: Arc<SessionTokens>,
    pub(in crate::auth) redemptions: Arc<Redemptions>,
    pub(in crate::auth) terminations: Arc<Terminations>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl EmailChanges {
    /// Requests another address for the caller's account. Does not look the address up, so the answer says nothing about
    /// it: the worker decides whether it mails a link or a notice. The owner of the present address is notified.
    ///
    /// # Errors
    /// 400 for the address that the account has; 401 if the user no longer exists; 503 when the store is down.
    pub async fn ask(&self, caller: FreshUser, input: ChangeEmail) -> Result<(), AppError> {
        let user =
            self.users.by_id(caller.user_id()).await?.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
        let new = input.new_email;
        if new == *user.email() {
            let same = Violation::not_allowed("is the address of this account already");
            return Err(AppError::validation(vec![same.at("newEmail")]));
        }
        let about = |email: Email| EmailChangeEmail { email, user: user.id(), epoch: user.session_epoch() };
        let (new, present) = (about(new), about(user.email().clone()));
        let link = self.mails.stage(email_templates::EMAIL_CHANGE, &new.email, &new)?;
        let notice = self.mails.stage(email_templates::EMAIL_CHANGE_REQUESTED, &present.email, &present)?;
        self.mails.enqueue_staged(link.and(notice)).await
    }

    /// Confirms the address of a link in a session of the user who asked. The address changes, every other session ends,
    /// and this one goes on. A repeated request gets the same answer for ten minutes.
    ///
    /// # Errors
    /// `TOKEN_INVALID` for a link that is unknown, used, expired or replaced, that another user asked for, or whose account
    /// ended all sessions since; `EMAIL_TAKEN` when another account got the address meanwhile; 503.
    pub async fn confirm(&self, caller: Person, input: ConfirmEmail) -> Result<Confirmed, AppError> {
        let invalid = || AppError::new(&TOKEN_INVALID);
        self.revocations.know_the_time().await?;
        let token = OneTimeToken::parse(input.token.expose()).ok_or_else(invalid)?;
        let confirmed = retry_on_stale(self.rng.as_ref(), || async {
            match self.links.live(AccountLink::EmailChange, &token).await? {
                Some((ticket, user)) if user.id() == caller.user_id() => {
                    self.change(&caller, &token, &ticket, &user).await
                }
                Some(_) => Err(invalid()),
                None => self.repeated(&caller, &token).await.map(Attempt::Done),
            }
        });
        let confirmed = confirmed
            .await?
            .ok_or_else(|| lost_every_race("the account changed faster than its address could be changed"))?;
        self.mails.wake();
        Ok(confirmed)
    }

    /// Changes the address, unless link, user or session changed meanwhile.
    async fn change(
        &self,
        caller: &Person,
        token: &OneTimeToken,
        ticket: &Stored<AccountTicket>,
        user: &User,
    ) -> Result<Attempt<Confirmed>, AppError> {
        let id = caller.user().principal().session_id().ok_or_else(|| AppError::new(&codes::AUTH_401))?;
        let session = self.repository.session(id).await?;
        let session = session.filter(|session| session.value().epoch == user.session_epoch());
        let session = session.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
        let (version, change) = self.users.stage_email(user, ticket.value().email.clone()).await?;
        let epoch = user.session_epoch().saturating_add(1);
        let continued = Session { epoch, ..session.value().clone() };
        let notice = AddressedEmail::to_user(user);
        let mail = self.mails.stage(email_templates::EMAIL_CHANGED, user.email(), &notice)?;
        let record = (Repository::email_change_key(token), self.redemptions.redemption_in(user.id(), epoch));
        let (change, continuing) = ((user, version, change), (&session, continued.clone()));
        let event =
            Act::of(caller.user()).on(user.id(), EventType::UserEmailChanged).changing_personal("email");
        match self.terminations.change_email(ticket, change, continuing, record, event, mail).await {
            Ok(()) => {}
            Err(StoreError::Duplicate { collection: "identities", .. }) => {
                return Err(AppError::new(&EMAIL_TAKEN));
            }
            Err(error) => return Attempt::unless_stale(error),
        }
        tracing::info!(user_id = %user.id(), "an address was changed: every other session ended");
        // Whatever ended all sessions since then ends this one as well.
        let user = self.users.by_id(user.id()).await?.filter(|user| user.is_active_in(epoch));
        let user = user.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
        // Earlier access tokens are refused and earlier device cookies name no device any more.
        let SignedIn { view, mut cookies } = self.tokens.signed_in(&user, id, &continued)?;
        cookies.push(self.devices.cookie(continued.device, &user, self.repository.now())?);
        Ok(Attempt::Done(Confirmed { view: ConfirmedView { user: view.user }, cookies }))
    }

    /// The answer to a request with a link that this user has used a moment ago.
    async fn repeated(&self, caller: &Person, token: &OneTimeToken) -> Result<Confirmed, AppError> {
        let invalid = || AppError::new(&TOKEN_INVALID);
        let redemption = self.repository.redeemed_email_change(token).await?;
        let redemption =
            redemption.filter(|used| used.value().user == caller.user_id()).ok_or_else(invalid)?;
        let user = self.users.by_id(caller.user_id()).await?;
        let user = user.filter(|user| user.is_active_in(redemption.value().epoch)).ok_or_else(invalid)?;
        Ok(Confirmed { view: ConfirmedView { user: user.view() }, cookies: Vec::new() })
    }
}
