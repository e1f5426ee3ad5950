//! The emails about accounts at providers.

use palisade_core::errors::AppError;
use palisade_core::net::NetworkKey;
use palisade_core::utils::crypto::ticket::OneTimeToken;

use super::AuthEmails;
use crate::auth::email_templates::{self, Recipient};
use crate::auth::identity_emails::{IdentityEmail, IdentityNoticeEmail};
use crate::auth::mail_budgets::{Allowed, Kind, over_budget};
use crate::auth::repository::Repository;
use crate::auth::schema::{Ticket, TicketFor};
use crate::mail::{RenderedEmail, Verdict};
use crate::user::User;

impl AuthEmails {
    /// A link for the owner of an address, with or without an account; a notice for a suspended or deleted one.
    pub(super) async fn identity(&self, asked: IdentityEmail, is_new: bool) -> Result<Verdict, AppError> {
        let Some(pending) = self.repository.pending_identity(asked.pending).await? else {
            return Ok(RenderedEmail::only(None).into());
        };
        let email = &pending.value().email;
        if let Some(verdict) = self.used_while_deleted(email, is_new).await? {
            return Ok(verdict);
        }
        let owner = self.users.by_email(email).await?;
        let language = owner.as_ref().map_or(pending.value().language.as_ref(), User::language);
        let to = Recipient { email, language };
        if owner.as_ref().is_some_and(User::is_suspended) {
            let message = self.templates.identity_suspended(to, &asked.label)?;
            return self.notice(email_templates::IDENTITY_SUSPENDED, email, message, is_new).await;
        }
        let kind = Kind::link_to_anybody(email_templates::IDENTITY, self.lifetimes.registration);
        match self.budgets.allows(kind, email, Some(NetworkKey::of(asked.ip)), is_new).await? {
            Allowed::Yes => {}
            Allowed::No(budget) => return Ok(RenderedEmail::withheld(email, budget).into()),
            Allowed::Later(wait) => return Ok(over_budget(wait)),
        }
        let token = OneTimeToken::generate(self.rng.as_ref());
        let link_ends = self.repository.now().plus(self.lifetimes.registration);
        let purpose = TicketFor::Identity { email: email.clone() };
        let ticket = Ticket { purpose, expires_at: link_ends };
        let writes = Repository::stage_identity_ticket(&token, ticket);
        let message = Some(self.templates.identity(to, &asked.label, &token)?);
        Ok(RenderedEmail { message, writes, link_ends: Some(link_ends), withheld: None }.into())
    }

    /// A notice to the owner of an account.
    pub(super) async fn identity_notice(
        &self,
        purpose: &'static str,
        asked: IdentityNoticeEmail,
        is_new: bool,
    ) -> Result<Verdict, AppError> {
        let IdentityNoticeEmail { email, label, language } = asked;
        let to = Recipient { email: &email, language: language.as_ref() };
        let message = match purpose {
            email_templates::IDENTITY_REMOVED => self.templates.identity_removed(to, &label)?,
            _ => self.templates.identity_linked(to, &label)?,
        };
        self.notice(purpose, &email, message, is_new).await
    }
}
