//! The purpose of a link before it is used: a page shows at once whom it is for, or that it is no longer valid.
//! Reading changes nothing.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::utils::crypto::ticket::OneTimeToken;

use super::acceptances::Acceptances;
use super::oauth_attempts::OAuthAttempts;
use crate::auth::account_links::AccountLinks;
use crate::auth::oauth_cookies::OAuthCookies;
use crate::auth::redemptions::Redemptions;
use crate::auth::registration_cookies::{RegistrationCookies, RegistrationNote};
use crate::auth::repository::Repository;
use crate::auth::schema::{AccountLink, TicketFor};
use crate::auth::types::{LinkView, PendingCookie, ReadLink, TOKEN_INVALID};
use crate::user::{self, User};

const VERIFICATION: &str = "verification";
const SETUP: &str = "setup";
const INVITATION: &str = "invitation";
const IDENTITY: &str = "identity";

/// Reads the purpose of links.
#[derive(Debug)]
pub struct Links {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) cookies: Arc<RegistrationCookies>,
    pub(in crate::auth) redemptions: Arc<Redemptions>,
    pub(in crate::auth) of_accounts: Arc<AccountLinks>,
    pub(in crate::auth) acceptances: Arc<Acceptances>,
    pub(in crate::auth) attempts: Arc<OAuthAttempts>,
    pub(in crate::auth) oauth_cookies: Arc<OAuthCookies>,
}

impl Links {
    /// Reads the purpose of a link. The holder of a token may know it: the token is 256 random bits, and using it
    /// would reveal more.
    ///
    /// # Errors
    /// `TOKEN_INVALID` for a used, expired or unknown link, all alike; 503.
    pub async fn read(&self, _visitor: Visitor, input: ReadLink) -> Result<LinkView, AppError> {
        let invalid = || AppError::new(&TOKEN_INVALID);
        let token = OneTimeToken::parse(input.token.expose()).ok_or_else(invalid)?;
        let here = self.cookies.read(input.registration.as_ref());
        let found = match self.verification(&token, here.as_ref()).await? {
            Some(link) => Some(link),
            None => match self.setup(&token, here.as_ref()).await? {
                Some(link) => Some(link),
                None => match self.of_account(&token).await? {
                    Some(link) => Some(link),
                    None => match self.invitation(&token, here.as_ref()).await? {
                        Some(link) => Some(link),
                        None => self.identity(&token, input.pending.as_ref()).await?,
                    },
                },
            },
        };
        found.ok_or_else(invalid)
    }

    async fn verification(
        &self,
        token: &OneTimeToken,
        here: Option<&RegistrationNote>,
    ) -> Result<Option<LinkView>, AppError> {
        let Some(ticket) = self.repository.verification_ticket(token).await? else {
            let redemption = self.repository.redeemed_verification(token).await?;
            let repeated = self.redemptions.repeated(redemption, here, None).await?;
            return Ok(repeated.map(|(_, user)| used(VERIFICATION, &user)));
        };
        let TicketFor::Verification { registration, ref email } = ticket.value().purpose else {
            return Ok(None);
        };
        let waits = self.repository.registration(registration).await?.is_some();
        if !waits || self.users.is_taken(email).await? {
            return Ok(None);
        }
        let began_here = here.is_some_and(|note| note.registration == Some(registration));
        let link = LinkView::new(VERIFICATION, Some(email.clone()));
        Ok(Some(LinkView { password_required: !began_here, ..link }))
    }

    /// A link of an account that exists.
    async fn of_account(&self, token: &OneTimeToken) -> Result<Option<LinkView>, AppError> {
        for purpose in AccountLink::ALL {
            let Some((ticket, user)) = self.of_accounts.live(purpose, token).await? else { continue };
            let email = match purpose {
                AccountLink::EmailChange => &ticket.value().email,
                AccountLink::PasswordReset | AccountLink::SecureAccount => user.email(),
            };
            let link = LinkView::new(purpose.as_str(), Some(email.clone()));
            return Ok(Some(LinkView { password_required: purpose == AccountLink::PasswordReset, ..link }));
        }
        Ok(None)
    }

    async fn invitation(
        &self,
        token: &OneTimeToken,
        here: Option<&RegistrationNote>,
    ) -> Result<Option<LinkView>, AppError> {
        if let Some(email) = self.acceptances.invited(token).await? {
            let link = LinkView::new(INVITATION, Some(email));
            return Ok(Some(LinkView { password_required: true, ..link }));
        }
        let accepted = self.acceptances.accepted_here(token, here).await?;
        Ok(accepted.map(|user| used(INVITATION, &user)))
    }

    /// The link that confirms the address of identities, and the provider of the one that this browser brought.
    async fn identity(
        &self,
        token: &OneTimeToken,
        pending: Option<&PendingCookie>,
    ) -> Result<Option<LinkView>, AppError> {
        let Some(ticket) = self.repository.identity_ticket(token).await? else { return Ok(None) };
        let TicketFor::Identity { email } = &ticket.value().purpose else { return Ok(None) };
        let brought = match self.oauth_cookies.pending(pending) {
            Some(note) => self.repository.pending_identity(note.pending).await?,
            None => None,
        };
        let brought = brought.filter(|brought| brought.value().email == *email);
        let provider = brought.map(|brought| self.attempts.label(&brought.value().provider).to_owned());
        Ok(Some(LinkView { provider, ..LinkView::new(IDENTITY, Some(email.clone())) }))
    }

    async fn setup(
        &self,
        token: &OneTimeToken,
        here: Option<&RegistrationNote>,
    ) -> Result<Option<LinkView>, AppError> {
        let Some(ticket) = self.repository.setup_ticket(token).await? else {
            let redemption = self.repository.redeemed_setup(token).await?;
            let repeated = self.redemptions.repeated(redemption, here, None).await?;
            return Ok(repeated.map(|(_, user)| used(SETUP, &user)));
        };
        let TicketFor::Setup { email } = &ticket.value().purpose else { return Ok(None) };
        // The link that a start printed is for the first administrator only.
        if email.is_none() && self.users.has_super_admin().await? {
            return Ok(None);
        }
        Ok(Some(LinkView { password_required: true, ..LinkView::new(SETUP, email.clone()) }))
    }
}

fn used(purpose: &'static str, user: &User) -> LinkView {
    LinkView { used: true, ..LinkView::new(purpose, Some(user.email().clone())) }
}
