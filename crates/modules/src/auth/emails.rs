//! The emails of the auth module: the requests for them, and how the worker renders them later.

mod identities;

use std::net::IpAddr;
use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::UserId;
use palisade_core::net::NetworkKey;
use palisade_core::ports::{BoxFuture, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_core::utils::languages::LanguageTag;
use serde::{Deserialize, Serialize};

use super::email_templates::{self, EmailTemplates, Recipient};
use super::inviters::still_vouched;
use super::lifetimes::Lifetimes;
use super::mail_budgets::{Allowed, Kind, MailBudgets, over_budget};
use super::repository::Repository;
use super::schema::{AccountLink, AccountTicketKey, Invitation, RegistrationId, Ticket, TicketFor};
use super::types::invitations::InvitationId;
use crate::mail::{EmailMessage, RenderEmail, RenderRequest, RenderedEmail, Verdict};
use crate::user::types::Email;
use crate::user::{self, User};

/// A requested verification email. The answer is the same whatever the store contains; the worker looks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VerificationEmail {
    pub(super) email: Email,
    /// The registration that this browser started; if unknown, the newest of the address.
    pub(super) registration: Option<RegistrationId>,
    /// Whether this is the first mail of a registration: only then is the owner of a taken address notified.
    pub(super) first: bool,
    /// The address that the request came from. An intent of an older release has none.
    #[serde(default)]
    pub(super) ip: Option<IpAddr>,
}

/// A requested email about which only the address is known: what it says follows from its purpose.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddressedEmail {
    pub(super) email: Email,
    /// The language of the user it is for. None where only the worker finds out who that is, and in an intent of an
    /// older release.
    #[serde(default)]
    pub(super) language: Option<LanguageTag>,
}

impl AddressedEmail {
    /// For an address of which nothing else is known.
    pub(super) fn to_address(email: Email) -> Self {
        Self { email, language: None }
    }

    /// For a user.
    pub(super) fn to_user(user: &User) -> Self {
        Self { email: user.email().clone(), language: user.language().cloned() }
    }

    fn recipient(&self) -> Recipient<'_> {
        Recipient { email: &self.email, language: self.language.as_ref() }
    }
}

/// A requested email about another address for an account: to that address, or to the one that the account has.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmailChangeEmail {
    pub(super) email: Email,
    pub(super) user: UserId,
    /// The user's epoch at that time: no link is made once the sessions of that time have ended.
    pub(super) epoch: i64,
}

/// A requested email about a sign-in on a device that was not seen before.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewDeviceEmail {
    pub(super) email: Email,
    /// Browser and system in words.
    pub(super) device: Option<String>,
    pub(super) ip: IpAddr,
    pub(super) at: Timestamp,
    /// The user's language. An intent of an older release has none.
    #[serde(default)]
    pub(super) language: Option<LanguageTag>,
}

/// A requested email about the deletion of an account.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeletedEmail {
    pub(super) email: Email,
    /// Until when the account can be restored.
    pub(super) until: Timestamp,
    /// The user's language. An intent of an older release has none.
    #[serde(default)]
    pub(super) language: Option<LanguageTag>,
}

/// A requested link for an invitation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InvitationEmail {
    pub(super) invitation: InvitationId,
}

/// Renders these mails.
#[derive(Debug)]
pub(crate) struct AuthEmails {
    repository: Arc<Repository>,
    users: user::Service,
    templates: EmailTemplates,
    budgets: MailBudgets,
    lifetimes: Lifetimes,
    rng: Arc<dyn Rng>,
}

impl AuthEmails {
    pub(super) fn new(
        repository: Arc<Repository>,
        users: user::Service,
        templates: EmailTemplates,
        budgets: MailBudgets,
        lifetimes: Lifetimes,
        rng: Arc<dyn Rng>,
    ) -> Self {
        Self { repository, users, templates, budgets, lifetimes, rng }
    }

    /// Renders a link, a notice, or nothing.
    async fn verification(&self, asked: VerificationEmail, is_new: bool) -> Result<Verdict, AppError> {
        let nothing = || Verdict::from(RenderedEmail::only(None));
        if self.users.is_taken(&asked.email).await? {
            if !asked.first {
                return Ok(nothing());
            }
            if let Some(verdict) = self.used_while_deleted(&asked.email, is_new).await? {
                return Ok(verdict);
            }
            let owner = self.users.by_email(&asked.email).await?;
            let language = owner.as_ref().and_then(User::language);
            let message = self.templates.taken(Recipient { email: &asked.email, language })?;
            return self.notice(email_templates::TAKEN, &asked.email, message, is_new).await;
        }
        let registration = match asked.registration {
            Some(id) => self.repository.registration(id).await?,
            None => self.repository.newest_registration(&asked.email).await?,
        };
        let Some(registration) = registration.filter(|found| found.value().email == asked.email) else {
            return Ok(nothing());
        };
        let kind = Kind::verification(self.lifetimes.registration);
        match self.budgets.allows(kind, &asked.email, asked.ip.map(NetworkKey::of), is_new).await? {
            Allowed::Yes => {}
            Allowed::No(budget) => return Ok(RenderedEmail::withheld(&asked.email, budget).into()),
            Allowed::Later(wait) => return Ok(over_budget(wait)),
        }
        let token = OneTimeToken::generate(self.rng.as_ref());
        let purpose =
            TicketFor::Verification { registration: *registration.id(), email: asked.email.clone() };
        // A link is valid for as long as the mail says, no matter when it is sent. Otherwise a request shortly
        // before the end of a registration could use up the budget of an address with links that its owner can no
        // longer use.
        let link_ends = self.repository.now().plus(self.lifetimes.registration);
        let ticket = Ticket { purpose, expires_at: link_ends };
        let writes = Repository::stage_verification_ticket(&token, ticket, &registration);
        let to = Recipient { email: &asked.email, language: registration.value().language.as_ref() };
        let message = Some(self.templates.verification(to, &token)?);
        Ok(RenderedEmail { message, writes, link_ends: Some(link_ends), withheld: None }.into())
    }

    /// Renders the link for the first administrator; nothing if a super-admin exists.
    async fn setup(&self, asked: AddressedEmail) -> Result<Verdict, AppError> {
        let email = asked.email.clone();
        if self.users.has_super_admin().await? || self.users.is_taken(&email).await? {
            return Ok(RenderedEmail::only(None).into());
        }
        let token = OneTimeToken::generate(self.rng.as_ref());
        let link_ends = self.repository.now().plus(self.lifetimes.setup);
        let message = Some(self.templates.setup(asked.recipient(), &token)?);
        let ticket = Ticket { purpose: TicketFor::Setup { email: Some(email) }, expires_at: link_ends };
        let writes = Repository::stage_setup_ticket(&token, ticket);
        Ok(RenderedEmail { message, writes, link_ends: Some(link_ends), withheld: None }.into())
    }

    /// A link for an account, a notice for a suspended one, nothing for an address without one.
    async fn password_reset(&self, asked: AddressedEmail, is_new: bool) -> Result<Verdict, AppError> {
        let AddressedEmail { email, .. } = asked;
        let Some(user) = self.users.by_email(&email).await? else {
            let of_deleted = self.used_while_deleted(&email, is_new).await?;
            return Ok(of_deleted.unwrap_or_else(|| RenderedEmail::only(None).into()));
        };
        let to = Recipient { email: &email, language: user.language() };
        if user.is_suspended() {
            let message = self.templates.reset_suspended(to)?;
            return self.notice(email_templates::RESET_SUSPENDED, &email, message, is_new).await;
        }
        let kind = Kind::link(email_templates::PASSWORD_RESET, self.lifetimes.reset);
        let link = (AccountLink::PasswordReset, kind);
        self.account_link(link, &user, email, is_new, |to, token| self.templates.password_reset(to, token))
            .await
    }

    /// A link of an account, within the budget of the address that it is mailed to.
    async fn account_link(
        &self,
        (purpose, kind): (AccountLink, Kind),
        user: &User,
        email: Email,
        is_new: bool,
        message: impl FnOnce(Recipient<'_>, &OneTimeToken) -> Result<EmailMessage, AppError>,
    ) -> Result<Verdict, AppError> {
        match self.budgets.allows(kind, &email, None, is_new).await? {
            Allowed::Yes => {}
            Allowed::No(budget) => return Ok(RenderedEmail::withheld(&email, budget).into()),
            Allowed::Later(wait) => return Ok(over_budget(wait)),
        }
        let token = OneTimeToken::generate(self.rng.as_ref());
        let life = match purpose {
            AccountLink::PasswordReset => self.lifetimes.reset,
            AccountLink::EmailChange | AccountLink::SecureAccount => self.lifetimes.email_change,
        };
        let link_ends = self.repository.now().plus(life);
        let message = Some(message(Recipient { email: &email, language: user.language() }, &token)?);
        let key = AccountTicketKey::new(purpose, user.id(), &email);
        let bound = (email, user.session_epoch());
        let writes = self.repository.stage_account_ticket(key, &token, bound, link_ends).await?;
        Ok(RenderedEmail { message, writes, link_ends: Some(link_ends), withheld: None }.into())
    }

    /// A notice for the owner of a deleted account; `None` for any other address.
    async fn used_while_deleted(&self, email: &Email, is_new: bool) -> Result<Option<Verdict>, AppError> {
        let Some((deleted_at, language)) = self.users.deleted(email).await? else { return Ok(None) };
        let to = Recipient { email, language: language.as_ref() };
        let message = self.templates.used_while_deleted(to, deleted_at.plus(self.lifetimes.deleted))?;
        self.notice(email_templates::USED_WHILE_DELETED, email, message, is_new).await.map(Some)
    }

    /// A link for the new address of an account, or a notice if it has an account already.
    async fn email_change(&self, asked: EmailChangeEmail, is_new: bool) -> Result<Verdict, AppError> {
        let EmailChangeEmail { email, user, epoch } = asked;
        let Some(user) = self.users.by_id(user).await?.filter(|user| user.is_active_in(epoch)) else {
            return Ok(RenderedEmail::only(None).into());
        };
        if self.users.is_taken(&email).await? {
            let owner = self.users.by_email(&email).await?;
            let language = owner.as_ref().and_then(User::language);
            let message = self.templates.email_change_taken(Recipient { email: &email, language })?;
            return self.notice(email_templates::EMAIL_CHANGE_TAKEN, &email, message, is_new).await;
        }
        let kind = Kind::link_of(user.id(), email_templates::EMAIL_CHANGE, self.lifetimes.email_change);
        let link = (AccountLink::EmailChange, kind);
        self.account_link(link, &user, email, is_new, |to, token| self.templates.email_change(to, token))
            .await
    }

    /// A link for the owner of an account with which they object to another address.
    async fn email_change_requested(
        &self,
        asked: EmailChangeEmail,
        is_new: bool,
    ) -> Result<Verdict, AppError> {
        let EmailChangeEmail { email, user, epoch } = asked;
        let Some(user) = self.users.by_id(user).await?.filter(|user| user.is_active_in(epoch)) else {
            return Ok(RenderedEmail::only(None).into());
        };
        let kind = Kind::link(email_templates::EMAIL_CHANGE_REQUESTED, self.lifetimes.email_change);
        let (link, templates) = ((AccountLink::SecureAccount, kind), &self.templates);
        self.account_link(link, &user, email, is_new, |to, token| templates.email_change_requested(to, token))
            .await
    }

    /// A link for a pending invitation, which replaces the earlier one; nothing if nobody could accept it any more.
    async fn invitation(&self, asked: InvitationEmail, is_new: bool) -> Result<Verdict, AppError> {
        let nothing = || Verdict::from(RenderedEmail::only(None));
        let Some(read) = self.repository.invitation(asked.invitation).await? else { return Ok(nothing()) };
        let email = &read.value().email;
        if self.users.is_taken(email).await? || still_vouched(&self.users, read.value()).await?.is_none() {
            return Ok(nothing());
        }
        let kind = Kind::link(email_templates::INVITATION, self.lifetimes.invitation);
        match self.budgets.allows(kind, email, None, is_new).await? {
            Allowed::Yes => {}
            Allowed::No(budget) => return Ok(RenderedEmail::withheld(email, budget).into()),
            Allowed::Later(wait) => return Ok(over_budget(wait)),
        }
        let token = OneTimeToken::generate(self.rng.as_ref());
        // As for a verification: a link is valid for as long as its mail says, no matter when it is sent.
        let link_ends = self.repository.now().plus(self.lifetimes.invitation);
        // Nothing is known about who reads it, so it is in the language of the product.
        let message = Some(self.templates.invitation(Recipient { email, language: None }, &token)?);
        let hash = Repository::invitation_hash(&token);
        let renewed = Invitation { hash, expires_at: link_ends, ..read.value().clone() };
        let writes = self.repository.stage_renewal(&read, renewed).await?;
        Ok(RenderedEmail { message, writes, link_ends: Some(link_ends), withheld: None }.into())
    }

    /// A notice to an owner, within the budget of their address.
    async fn notice(
        &self,
        purpose: &'static str,
        email: &Email,
        message: EmailMessage,
        is_new: bool,
    ) -> Result<Verdict, AppError> {
        Ok(match self.budgets.allows(Kind::notice(purpose), email, None, is_new).await? {
            Allowed::Yes => RenderedEmail::only(Some(message)).into(),
            Allowed::No(budget) => RenderedEmail::withheld(email, budget).into(),
            Allowed::Later(wait) => over_budget(wait),
        })
    }
}

impl RenderEmail for AuthEmails {
    fn render<'a>(&'a self, request: RenderRequest<'a>) -> BoxFuture<'a, Result<Verdict, AppError>> {
        let RenderRequest { purpose, payload, is_new } = request;
        Box::pin(async move {
            match purpose {
                email_templates::VERIFICATION => self.verification(read(payload)?, is_new).await,
                email_templates::SETUP => self.setup(read(payload)?).await,
                email_templates::PASSWORD_RESET => self.password_reset(read(payload)?, is_new).await,
                email_templates::INVITATION => self.invitation(read(payload)?, is_new).await,
                email_templates::SESSION_ENDED => {
                    let asked: AddressedEmail = read(payload)?;
                    let message = self.templates.session_ended(asked.recipient())?;
                    self.notice(email_templates::SESSION_ENDED, &asked.email, message, is_new).await
                }
                email_templates::PASSWORD_CHANGED => {
                    let asked: AddressedEmail = read(payload)?;
                    let message = self.templates.password_changed(asked.recipient())?;
                    self.notice(email_templates::PASSWORD_CHANGED, &asked.email, message, is_new).await
                }
                email_templates::EMAIL_CHANGE => self.email_change(read(payload)?, is_new).await,
                email_templates::EMAIL_CHANGE_REQUESTED => {
                    self.email_change_requested(read(payload)?, is_new).await
                }
                email_templates::EMAIL_CHANGED => {
                    let asked: AddressedEmail = read(payload)?;
                    let message = self.templates.email_changed(asked.recipient())?;
                    self.notice(email_templates::EMAIL_CHANGED, &asked.email, message, is_new).await
                }
                email_templates::NEW_DEVICE => {
                    let NewDeviceEmail { email, device, ip, at, language } = read(payload)?;
                    let to = Recipient { email: &email, language: language.as_ref() };
                    let message = self.templates.new_device(to, device.as_deref(), ip, at)?;
                    self.notice(email_templates::NEW_DEVICE, &email, message, is_new).await
                }
                email_templates::ACCOUNT_DELETED => {
                    let DeletedEmail { email, until, language } = read(payload)?;
                    let to = Recipient { email: &email, language: language.as_ref() };
                    let message = self.templates.account_deleted(to, until)?;
                    self.notice(email_templates::ACCOUNT_DELETED, &email, message, is_new).await
                }
                email_templates::IDENTITY => self.identity(read(payload)?, is_new).await,
                email_templates::IDENTITY_LINKED => {
                    self.identity_notice(email_templates::IDENTITY_LINKED, read(payload)?, is_new).await
                }
                email_templates::IDENTITY_REMOVED => {
                    self.identity_notice(email_templates::IDENTITY_REMOVED, read(payload)?, is_new).await
                }
                other => Err(AppError::internal(format!("no mail is known for the purpose `{other}`"))),
            }
        })
    }
}

fn read<'a, T: Deserialize<'a>>(payload: &'a str) -> Result<T, AppError> {
    serde_json::from_str(payload).map_err(AppError::internal)
}
