//! Registration: a stranger asks for an account, a mailbox proves it. Until then there is no account.

use std::net::IpAddr;

use palisade_core::cookies::{NoteCookie, SetCookie};
use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::net::NetworkKey;
use palisade_core::utils::crypto::password::{PasswordHash, Priority};
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_core::values::Id;
use palisade_lib::store::{Batch, StoreError};
use serde::{Deserialize, Serialize};

use super::Service;
use super::budget::{Allowed, Kind, over_budget};
use super::repeating::Lost;
use crate::auth::letters;
use crate::auth::repository::Repository;
use crate::auth::schema::{Registration, RegistrationId, Ticket, TicketFor};
use crate::auth::types::{
    PASSWORD_REQUIRED, Register, RegistrationCookie, ResendVerification, TOKEN_INVALID, VerifiedView,
    VerifyEmail,
};
use crate::mail::{Composed, Verdict};
use crate::user::NewUser;
use crate::user::types::{Email, NewPassword, PasswordPolicy, PresentedPassword};

/// What the registration cookie says, sealed: which registration this browser began, and how to recognize the
/// password it gave. It is set alike for free and taken addresses, so having one tells nothing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RegistrationNote {
    pub(super) registration: Option<RegistrationId>,
    pub(super) email: Email,
    /// Until the mailbox is proven here.
    pub(super) password_mac: Option<String>,
    /// The link that was used here, by the name it is kept under.
    #[serde(default)]
    pub(super) redeemed: Option<String>,
}

/// A mailbox is proven, or a setup link used: whom it made, and the note that recognizes the same request if it is repeated.
#[derive(Debug)]
pub struct Proven {
    /// What to show.
    pub view: VerifiedView,
    /// The cookies to set.
    pub cookies: Vec<SetCookie>,
}

/// How a link is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// It was not there when the request came.
    Gone,
    /// It was, and another request was faster.
    Lost,
}

/// A mail that somebody asked for. Who asks is answered the same whatever is in the store; the worker looks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerificationIntent {
    email: Email,
    /// The registration this browser began; the newest of the address when unknown.
    registration: Option<RegistrationId>,
    /// Whether this is the first mail of a registration: only then is the owner of a taken address told.
    first: bool,
    /// Where it was asked from. An intent of an older release does not know.
    #[serde(default)]
    ip: Option<IpAddr>,
}

impl Service {
    /// Takes in a registration. Does the same whether the address is free or taken.
    ///
    /// # Errors
    /// 503 when the hashing queue is full or the store is down.
    pub async fn register(&self, visitor: Visitor, input: Register) -> Result<SetCookie, AppError> {
        let Register { email, password, name } = input;
        self.know_the_time().await?;
        let hash = self.hasher.hash(password.expose(), Priority::Unknown).await?;
        let id = RegistrationId::generate(self.clock.as_ref(), self.rng.as_ref());
        let expires_at = self.repository.now().plus(self.lifetimes.registration);

        let intent = VerificationIntent {
            email: email.clone(),
            registration: Some(id),
            first: true,
            ip: Some(visitor.client().ip),
        };
        let registration = Registration { email: email.clone(), password: hash, name, expires_at };
        let batch = Repository::add_registration(id, registration);
        let mail = self.mails.intend(letters::VERIFICATION, &email, &intent)?;
        self.repository.commit(batch.merge(mail)).await?;
        self.mails.wake();

        let password_mac = Some(self.password_mac(&email, password.expose()));
        let note = RegistrationNote { registration: Some(id), email, password_mac, redeemed: None };
        let lifetime = self.lifetimes.registration;
        self.notes.registration.cookie(NoteCookie::Registration, &note, expires_at, lifetime)
    }

    /// Asks for the mail again. Answers the same whether anything waits or not.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn resend_verification(
        &self,
        visitor: Visitor,
        input: ResendVerification,
    ) -> Result<(), AppError> {
        let note = self.registration_note(input.registration.as_ref());
        let registration = note.filter(|note| note.email == input.email).and_then(|note| note.registration);
        let intent = VerificationIntent {
            email: input.email.clone(),
            registration,
            first: false,
            ip: Some(visitor.client().ip),
        };
        self.repository.commit(self.mails.intend(letters::VERIFICATION, &input.email, &intent)?).await?;
        self.mails.wake();
        Ok(())
    }

    /// Proves a mailbox: the account begins to exist, in one step with the claim of its address. Sent again within ten
    /// minutes by the browser that did so or that registered, it is answered like the first time; sent twice at once with the
    /// same password, by anybody.
    ///
    /// # Errors
    /// `TOKEN_INVALID`; `PASSWORD_REQUIRED` in another browser than the one that registered, the token stays usable;
    /// 400 for a password that breaks the rules; 503.
    pub async fn verify_email(&self, visitor: Visitor, input: VerifyEmail) -> Result<Proven, AppError> {
        let invalid = || AppError::new(&TOKEN_INVALID);
        let token = OneTimeToken::parse(input.token.expose()).ok_or_else(invalid)?;
        let here = self.registration_note(input.registration.as_ref());
        let over = match self.prove(&token, input.password.as_ref(), here.as_ref()).await? {
            Ok(proven) => return Ok(proven),
            Err(over) => over,
        };
        let password = input.password.as_ref().filter(|_| over == Over::Lost);
        let lost = password.map(|password| Lost { password, trial: visitor.trial() });
        let redemption = self.repository.redeemed_verification(&token).await?;
        let (link, person) = self.repeated(redemption, here.as_ref(), lost).await?.ok_or_else(invalid)?;
        let cookies = self.used_here(link, person.email(), here.as_ref())?;
        Ok(Proven { view: VerifiedView { user: person.view() }, cookies })
    }

    /// Proves a mailbox with a link, or says how it is over.
    async fn prove(
        &self,
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
        // Another registration of the address was proven first: nobody should choose a password for nothing.
        if self.users.is_taken(email).await? {
            return gone();
        }

        let began_here = here.is_some_and(|note| note.registration == Some(*registration.id()));
        let password = match chosen {
            Some(chosen) => self.hash_chosen(chosen, email).await?,
            None if began_here => registration.value().password.clone(),
            None => return Err(AppError::new(&PASSWORD_REQUIRED)),
        };
        // What a stranger typed must not outlive the proof: the name holds only where the password does.
        let name = if began_here { registration.value().name.clone() } else { None };
        let newcomer = NewUser::ordinary(email.clone(), name, password);
        let (id, creation) = self.users.stage_creation(newcomer);
        let spent = Batch::new().remove(&ticket).remove(&registration);
        let redeemed = self.stage_redemption(*ticket.id(), id, Some(*registration.id()));
        match self.repository.commit(spent.merge(redeemed).merge(creation)).await {
            Ok(_) => {}
            // The claim is taken, or the ticket was used at the same time: either way this link is over.
            Err(StoreError::Duplicate { .. } | StoreError::Stale { .. }) => return Ok(Err(Over::Lost)),
            Err(error) => return Err(error.into()),
        }
        let user = self.users.view(id).await?;
        let cookies = self.used_here(*ticket.id(), email, here)?;
        Ok(Ok(Proven { view: VerifiedView { user }, cookies }))
    }

    pub(super) async fn hash_chosen(
        &self,
        chosen: &NewPassword,
        email: &Email,
    ) -> Result<PasswordHash, AppError> {
        chosen
            .meets(
                &PasswordPolicy::new(self.rules.password_min_length, &self.rules.product_name),
                Some(email),
            )
            .map_err(|violation| AppError::validation(vec![violation.at("password")]))?;
        Ok(self.hasher.hash(chosen.expose(), Priority::Unknown).await?)
    }

    /// Whether this browser registered with this address and this password and has not proven the mailbox yet.
    pub(super) fn registered_here(
        &self,
        cookie: Option<&RegistrationCookie>,
        email: &Email,
        password: &PresentedPassword,
    ) -> bool {
        self.registration_note(cookie).is_some_and(|note| {
            note.email == *email
                && note.password_mac.is_some_and(|mac| self.is_password_mac(&mac, email, password.expose()))
        })
    }

    pub(super) fn registration_note(&self, cookie: Option<&RegistrationCookie>) -> Option<RegistrationNote> {
        self.notes.registration.open(cookie?.expose(), self.clock.now())
    }

    /// What to mail for an intent: a link, a notice, or nothing.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn compose_verification(
        &self,
        intent: VerificationIntent,
        is_new: bool,
    ) -> Result<Verdict, AppError> {
        let nothing = || Verdict::from(Composed::only(None));
        if self.users.is_taken(&intent.email).await? {
            if !intent.first {
                return Ok(nothing());
            }
            return Ok(
                match self.may_mail(Kind::notice(letters::TAKEN), &intent.email, None, is_new).await? {
                    Allowed::Yes => Composed::only(Some(self.letters.taken(&intent.email))).into(),
                    Allowed::No(budget) => Composed::withheld(&intent.email, budget).into(),
                    Allowed::Later(wait) => over_budget(wait),
                },
            );
        }
        let registration = match intent.registration {
            Some(id) => self.repository.registration(id).await?,
            None => self.repository.newest_registration(&intent.email).await?,
        };
        let Some(registration) = registration.filter(|found| found.value().email == intent.email) else {
            return Ok(nothing());
        };
        let kind = Kind::verification(self.lifetimes.registration);
        match self.may_mail(kind, &intent.email, intent.ip.map(NetworkKey::of), is_new).await? {
            Allowed::Yes => {}
            Allowed::No(budget) => return Ok(Composed::withheld(&intent.email, budget).into()),
            Allowed::Later(wait) => return Ok(over_budget(wait)),
        }
        let token = OneTimeToken::generate(self.rng.as_ref());
        let purpose =
            TicketFor::Verification { registration: *registration.id(), email: intent.email.clone() };
        // A link holds as long as the letter says, whenever it is sent: otherwise whoever asks shortly before a
        // registration ends could use up an address's budget with links that are worth nothing to its owner. So what a
        // link proves lives as long as the link.
        let link_ends = self.repository.now().plus(self.lifetimes.registration);
        let ticket = Ticket { purpose, expires_at: link_ends };
        let mut writes = Repository::add_verification_ticket(&token, ticket);
        if registration.expires_at() < link_ends {
            let longer = Registration { expires_at: link_ends, ..registration.value().clone() };
            writes = writes.replace(&registration, longer);
        }
        let letter = Some(self.letters.verification(&intent.email, &token));
        Ok(Composed { letter, writes, link_ends: Some(link_ends), withheld: None }.into())
    }
}
