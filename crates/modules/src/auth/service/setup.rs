//! The first super-admin: through a one-time link, the environment, or the command line.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Local, Operator, Visitor};
use palisade_core::ports::Rng;
use palisade_core::utils::crypto::secret::{SecretString, secret_string};
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_core::utils::languages::Languages;
use palisade_lib::store::StoreError;
use parking_lot::Mutex;

use super::registrations::Proven;
use crate::audit::types::EventType;
use crate::audit::{self, Act};
use crate::auth::email_templates::EmailTemplates;
use crate::auth::passwords::Passwords;
use crate::auth::redemptions::Redemptions;
use crate::auth::registration_cookies::{RegistrationCookies, RegistrationNote};
use crate::auth::repository::Repository;
use crate::auth::schema::{Ticket, TicketFor};
use crate::auth::types::{self, TOKEN_INVALID, VerifiedView};
use crate::retry::{Attempt, retry_on_stale};
use crate::user::types::{EMAIL_TAKEN, Email, NewPassword, UserView};
use crate::user::{self, NewUser, crowded};

/// How a deployment gets its first administrator.
#[derive(Debug)]
pub enum FirstSteps {
    /// A super-admin exists.
    Done,
    /// With this link, which the start of this process created.
    With(SecretString),
    /// The link of this start is no longer valid, or there was none: another start or the command line creates one.
    Later,
}

/// Creates super-admins.
#[derive(Debug)]
pub struct AdminSetup {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) passwords: Arc<Passwords>,
    pub(in crate::auth) cookies: Arc<RegistrationCookies>,
    pub(in crate::auth) redemptions: Arc<Redemptions>,
    pub(in crate::auth) templates: EmailTemplates,
    pub(in crate::auth) audit: audit::Service,
    pub(in crate::auth) languages: Languages,
    pub(in crate::auth) lifetime: Duration,
    pub(in crate::auth) rng: Arc<dyn Rng>,
    /// The token of the setup link that this start created.
    pub(in crate::auth) first_link: Mutex<Option<OneTimeToken>>,
}

impl AdminSetup {
    /// Makes the holder of a setup link a super-admin. A repeated request of the same browser within ten minutes
    /// gets the same answer as the first.
    ///
    /// # Errors
    /// `TOKEN_INVALID`; `EMAIL_TAKEN`, the link stays valid; 404 if a super-admin exists, unless the operator
    /// created the link since; 503.
    pub async fn redeem(&self, visitor: Visitor, input: types::Setup) -> Result<Proven, AppError> {
        let here = self.cookies.read(input.registration.as_ref());
        let settled = self.users.has_super_admin().await?;
        let refused = || AppError::new(if settled { &codes::NOT_FOUND } else { &TOKEN_INVALID });
        let token = OneTimeToken::parse(input.token.expose()).ok_or_else(refused)?;
        let Some(ticket) = self.repository.setup_ticket(&token).await? else {
            let repeated = self.repeated(&token, &input.email, here.as_ref()).await?;
            return repeated.ok_or_else(refused);
        };
        let TicketFor::Setup { email: named } = &ticket.value().purpose else { return Err(refused()) };
        match named {
            Some(email) if *email != input.email => return Err(refused()),
            // The link that the first start printed is for the first super-admin only.
            None if settled => return Err(refused()),
            _ => {}
        }
        let password = self.passwords.hash_chosen(&input.password, &input.email, "password").await?;
        let email = input.email.clone();
        let language = self.languages.choice(&visitor.client().languages);
        let newcomer = NewUser::super_admin(input.email, input.name, password).who_reads(language);
        let is_named = named.is_some();
        let made = retry_on_stale(self.rng.as_ref(), || async {
            let act = |id| Act::of_proven(id, visitor.client());
            let staged = if is_named {
                Some(self.users.stage_super_admin(newcomer.clone(), act).await?)
            } else {
                self.users.stage_first_super_admin(newcomer.clone(), act).await?
            };
            let (id, creation) = staged.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
            let redemption = self.redemptions.redemption(id, None);
            match self.repository.redeem_setup(&ticket, redemption, creation).await {
                Ok(()) => Ok(Attempt::Done(id)),
                // The operator sent the setup link to its holder, who may know this.
                Err(StoreError::Duplicate { collection: "identities", .. }) => {
                    Err(AppError::new(&EMAIL_TAKEN))
                }
                // Another super-admin was created at the same moment: that ends only the link for the first one.
                Err(
                    StoreError::Stale { collection: "guards", .. }
                    | StoreError::Duplicate { collection: "guards", .. },
                ) if is_named => Ok(Attempt::Again),
                Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => Err(refused()),
                Err(error) => Err(error.into()),
            }
        });
        let id = made.await?.ok_or_else(crowded)?;
        tracing::info!(user_id = %id, "created a super-admin with a setup link");
        let view = VerifiedView { user: self.users.view(id).await? };
        Ok(Proven { view, cookies: self.redemptions.used_here(*ticket.id(), &email, here.as_ref())? })
    }

    /// The same answer again for the browser that used this link recently, with the same address.
    async fn repeated(
        &self,
        token: &OneTimeToken,
        email: &Email,
        here: Option<&RegistrationNote>,
    ) -> Result<Option<Proven>, AppError> {
        let redemption = self.repository.redeemed_setup(token).await?;
        let repeated = self.redemptions.repeated(redemption, here, None).await?;
        let Some((link, user)) = repeated.filter(|(_, user)| user.email() == email) else { return Ok(None) };
        let cookies = self.redemptions.used_here(link, user.email(), here)?;
        Ok(Some(Proven { view: VerifiedView { user: user.view() }, cookies }))
    }

    /// How this deployment gets its first administrator, for a user of this machine, who could also read the link
    /// of this start in the terminal.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn first_steps(&self, _local: Local) -> Result<FirstSteps, AppError> {
        if self.users.has_super_admin().await? {
            return Ok(FirstSteps::Done);
        }
        let Some(token) = self.first_link.lock().clone() else { return Ok(FirstSteps::Later) };
        let lives = self.repository.setup_ticket(&token).await?.is_some();
        let link = || FirstSteps::With(secret_string(self.templates.link("setup", &token)));
        Ok(if lives { link() } else { FirstSteps::Later })
    }

    /// Creates a one-time setup link for the first super-admin; `None` if one exists.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn first_link(&self, operator: &Operator<'_>) -> Result<Option<String>, AppError> {
        if self.users.has_super_admin().await? {
            return Ok(None);
        }
        let token = self.new_token(operator, None).await?;
        let link = self.templates.link("setup", &token);
        *self.first_link.lock() = Some(token);
        Ok(Some(link))
    }

    /// Creates a one-time link that makes this user a super-admin.
    ///
    /// # Errors
    /// `EMAIL_TAKEN` when the address has an account; 503 when the store is down.
    pub async fn link_for(&self, operator: &Operator<'_>, email: Email) -> Result<String, AppError> {
        if self.users.is_taken(&email).await? {
            return Err(AppError::new(&EMAIL_TAKEN));
        }
        let token = self.new_token(operator, Some(email)).await?;
        Ok(self.templates.link("setup", &token))
    }

    async fn new_token(
        &self,
        operator: &Operator<'_>,
        email: Option<Email>,
    ) -> Result<OneTimeToken, AppError> {
        let token = OneTimeToken::generate(self.rng.as_ref());
        let expires_at = self.repository.now().plus(self.lifetime);
        let ticket = Ticket { purpose: TicketFor::Setup { email }, expires_at };
        let event = Act::of_operator(operator).did(EventType::SetupLinkCreated);
        self.repository.add_setup_ticket(&token, ticket, self.audit.stage(event)).await?;
        Ok(token)
    }

    /// Creates a super-admin with a password that the operator chose.
    ///
    /// # Errors
    /// `EMAIL_TAKEN`; 400 for a password that breaks the rules; 503.
    pub async fn create_super_admin(
        &self,
        operator: &Operator<'_>,
        email: Email,
        password: NewPassword,
    ) -> Result<UserView, AppError> {
        let hash = self.passwords.hash_chosen(&password, &email, "password").await?;
        let act = Act::of_operator(operator);
        self.users.create_super_admin(NewUser::super_admin(email, None, hash), &act).await
    }
}
