//! Looking at a link before it is used: a page says at once whom it is for, or that it is over. Nothing is changed by it.

use palisade_core::errors::AppError;
use palisade_core::identity::{Local, Visitor};
use palisade_core::utils::crypto::secret::SecretString;
use palisade_core::utils::crypto::ticket::OneTimeToken;

use super::Service;
use super::registration::RegistrationNote;
use crate::auth::schema::TicketFor;
use crate::auth::types::{LinkView, ReadLink, TOKEN_INVALID};
use crate::user::Person;

const VERIFICATION: &str = "verification";
const SETUP: &str = "setup";

/// How a deployment comes to its first administrator.
#[derive(Debug)]
pub enum FirstSteps {
    /// There is one.
    Done,
    /// With this link, which the start of this process made.
    With(SecretString),
    /// The link of this start is over, or there was none: another start makes one, or the command line.
    Later,
}

impl Service {
    /// Says what a link is for. Whoever holds a token may know: it is 256 random bits, and using it would tell more.
    ///
    /// # Errors
    /// `TOKEN_INVALID` for a link that is over or never was, all alike; 503.
    pub async fn read_link(&self, _visitor: Visitor, input: ReadLink) -> Result<LinkView, AppError> {
        let invalid = || AppError::new(&TOKEN_INVALID);
        let token = OneTimeToken::parse(input.token.expose()).ok_or_else(invalid)?;
        let here = self.registration_note(input.registration.as_ref());
        let found = match self.verification_link(&token, here.as_ref()).await? {
            Some(link) => Some(link),
            None => self.setup_link_of(&token, here.as_ref()).await?,
        };
        found.ok_or_else(invalid)
    }

    async fn verification_link(
        &self,
        token: &OneTimeToken,
        here: Option<&RegistrationNote>,
    ) -> Result<Option<LinkView>, AppError> {
        let Some(ticket) = self.repository.verification_ticket(token).await? else {
            let redemption = self.repository.redeemed_verification(token).await?;
            return Ok(self
                .repeated(redemption, here, None)
                .await?
                .map(|(_, person)| used(VERIFICATION, &person)));
        };
        let TicketFor::Verification { registration, ref email } = ticket.value().purpose else {
            return Ok(None);
        };
        let waits = self.repository.registration(registration).await?.is_some();
        if !waits || self.users.is_taken(email).await? {
            return Ok(None);
        }
        let began_here = here.is_some_and(|note| note.registration == Some(registration));
        let email = Some(email.clone());
        Ok(Some(LinkView { purpose: VERIFICATION, email, password_required: !began_here, used: false }))
    }

    async fn setup_link_of(
        &self,
        token: &OneTimeToken,
        here: Option<&RegistrationNote>,
    ) -> Result<Option<LinkView>, AppError> {
        let Some(ticket) = self.repository.setup_ticket(token).await? else {
            let redemption = self.repository.redeemed_setup(token).await?;
            return Ok(self.repeated(redemption, here, None).await?.map(|(_, person)| used(SETUP, &person)));
        };
        let TicketFor::Setup { email } = &ticket.value().purpose else { return Ok(None) };
        // The link that a start printed is for the first administrator only.
        if email.is_none() && self.users.has_super_admin().await? {
            return Ok(None);
        }
        Ok(Some(LinkView { purpose: SETUP, email: email.clone(), password_required: true, used: false }))
    }

    /// How this deployment comes to its first administrator, for whoever sits at this machine: they could read the link of
    /// this start in the terminal.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn first_steps(&self, _local: Local) -> Result<FirstSteps, AppError> {
        if self.users.has_super_admin().await? {
            return Ok(FirstSteps::Done);
        }
        let Some(token) = self.first_link.lock().clone() else { return Ok(FirstSteps::Later) };
        let lives = self.repository.setup_ticket(&token).await?.is_some();
        let link = || FirstSteps::With(SecretString::new(self.letters.link("setup", &token)));
        Ok(if lives { link() } else { FirstSteps::Later })
    }
}

fn used(purpose: &'static str, person: &Person) -> LinkView {
    LinkView { purpose, email: Some(person.email().clone()), password_required: false, used: true }
}
