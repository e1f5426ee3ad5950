//! Registration: a stranger requests an account and confirms the email address. Until then no account exists.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::SetCookie;
use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_core::utils::languages::Languages;
use palisade_core::values::Id;
use palisade_lib::store::StoreError;

use crate::audit::Act;
use crate::auth::email_templates;
use crate::auth::emails::VerificationEmail;
use crate::auth::passwords::Passwords;
use crate::auth::redemptions::{Lost, Redemptions};
use crate::auth::registration_cookies::{RegistrationCookies, RegistrationNote};
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::{Registration, RegistrationId, TicketFor};
use crate::auth::types::{
    PASSWORD_REQUIRED, Register, ResendVerification, TOKEN_INVALID, VerifiedView, VerifyEmail,
};
use crate::user::NewUser;
use crate::user::types::NewPassword;
use crate::{mail, user};

/// The result of a confirmed address or a used setup link: the new user, and the cookie that recognizes a
/// repetition of the request.
#[derive(Debug)]
pub struct Proven {
    /// The view to answer with.
    pub view: VerifiedView,
    /// The cookies to set.
    pub cookies: Vec<SetCookie>,
}

/// Why a link is no longer valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// It did not exist when the request came.
    Gone,
    /// It existed, but another request was faster.
    Lost,
}

/// Accepts registrations and turns them into accounts.
#[derive(Debug)]
pub struct Registrations {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) passwords: Arc<Passwords>,
    pub(in crate::auth) cookies: Arc<RegistrationCookies>,
    pub(in crate::auth) redemptions: Arc<Redemptions>,
    pub(in crate::auth) languages: Languages,
    pub(in crate::auth) lifetime: Duration,
    pub(in crate::auth) clock: Arc<dyn Clock>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl Registrations {
    /// Accepts a registration. Does the same work for a free and a taken address.
    ///
    /// # Errors
    /// 503 when the hashing queue is full or the store is down.
    pub async fn register(&self, visitor: Visitor, input: Register) -> Result<SetCookie, AppError> {
        let Register { email, password, name } = input;
        self.revocations.know_the_time().await?;
        let hash = self.passwords.hash(&password).await?;
        let id = RegistrationId::generate(self.clock.as_ref(), self.rng.as_ref());
        let expires_at = self.repository.now().plus(self.lifetime);

        let asked = VerificationEmail {
            email: email.clone(),
            registration: Some(id),
            first: true,
            ip: Some(visitor.client().ip),
        };
        let mail = self.mails.stage(email_templates::VERIFICATION, &email, &asked)?;
        let language = self.languages.choice(&visitor.client().languages);
        let registration = Registration { email: email.clone(), password: hash, name, language, expires_at };
        self.repository.add_registration((id, registration), mail).await?;
        self.mails.wake();
        self.cookies.of_registration(id, email, password.expose(), expires_at, self.lifetime)
    }

    /// Requests the mail again. The answer is the same whether a registration waits or not.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn resend_verification(
        &self,
        visitor: Visitor,
        input: ResendVerification,
    ) -> Result<(), AppError> {
        let note = self.cookies.read(input.registration.as_ref());
        let registration = note.filter(|note| note.email == input.email).and_then(|note| note.registration);
        let asked = VerificationEmail {
            email: input.email.clone(),
            registration,
            first: false,
            ip: Some(visitor.client().ip),
        };
        self.mails.enqueue(email_templates::VERIFICATION, &input.email, &asked).await
    }

    /// Confirms an email address and creates the account in one step with the claim of the address. A repeated
    /// request gets the same answer as the first: within ten minutes from the browser that confirmed or registered,
    /// and at the same moment from any client with the same password.
    ///
    /// # Errors
    /// `TOKEN_INVALID`; `PASSWORD_REQUIRED` in a browser other than the one that registered, the token stays valid;
    /// 400 for a password that breaks the rules; 503.
    pub async fn verify_email(&self, visitor: Visitor, input: VerifyEmail) -> Result<Proven, AppError> {
        let invalid = || AppError::new(&TOKEN_INVALID);
        let token = OneTimeToken::parse(input.token.expose()).ok_or_else(invalid)?;
        let here = self.cookies.read(input.registration.as_ref());
        let over = match self.prove(&visitor, &token, input.password.as_ref(), here.as_ref()).await? {
            Ok(proven) => return Ok(proven),
            Err(over) => over,
        };
        let password = input.password.as_ref().filter(|_| over == Over::Lost);
        let lost = password.map(|password| Lost { password, trial: visitor.trial() });
        let redemption = self.repository.redeemed_verification(&token).await?;
        let repeated = self.redemptions.repeated(redemption, here.as_ref(), lost).await?;
        let (link, user) = repeated.ok_or_else(invalid)?;
        let cookies = self.redemptions.used_here(link, user.email(), here.as_ref())?;
        Ok(Proven { view: VerifiedView { user: user.view() }, cookies })
    }

    /// Confirms the address with a link, or returns why the link is no longer valid.
    async fn prove(
        &self,
        visitor: &Visitor,
        token: &OneTimeToken,
        chosen: Option<&NewPassword>,
        here: Option<&RegistrationNote>,
    ) -> Result<Result<Proven, Over>, AppError> {
        let gone = || Ok(Err(Over::Gone));
        let Some(ticket) = self.repository.verification_ticket(token).await? else { return gone() };
        let TicketFor::Verification { registration, ref email } = ticket.value().purpose else {
            return gone();
        };
        let Some(registration) = self.repository.registration(registration).await? else { return gone() };
        // Another registration of the address was confirmed first: do not make the user choose a password for
        // nothing.
        if self.users.is_taken(email).await? {
            return gone();
        }

        let began_here = here.is_some_and(|note| note.registration == Some(*registration.id()));
        let password = match chosen {
            Some(chosen) => self.passwords.hash_chosen(chosen, email, "password").await?,
            None if began_here => registration.value().password.clone(),
            None => return Err(AppError::new(&PASSWORD_REQUIRED)),
        };
        // Data that a stranger typed must not outlive the confirmation: the name is kept only if the password is.
        // Likewise the language, unless the owner's browser does not say which one they read.
        let Registration { name, language: first, .. } = registration.value();
        let name = if began_here { name.clone() } else { None };
        let language = if began_here { None } else { self.languages.choice(&visitor.client().languages) };
        let language = language.or_else(|| first.clone());
        let newcomer = NewUser::ordinary(email.clone(), name, password).who_reads(language);
        let (id, creation) = self.users.stage_creation(newcomer, |id| Act::of_proven(id, visitor.client()));
        let redemption = self.redemptions.redemption(id, Some(*registration.id()));
        match self.repository.redeem_verification(&ticket, &registration, redemption, creation).await {
            Ok(()) => {}
            // The claim is taken, or the ticket was used at the same time: either way this link is no longer valid.
            Err(StoreError::Duplicate { .. } | StoreError::Stale { .. }) => return Ok(Err(Over::Lost)),
            Err(error) => return Err(error.into()),
        }
        let user = self.users.view(id).await?;
        let cookies = self.redemptions.used_here(*ticket.id(), email, here)?;
        Ok(Ok(Proven { view: VerifiedView { user }, cookies }))
    }
}
