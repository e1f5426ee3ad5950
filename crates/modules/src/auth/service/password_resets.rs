//! Forgotten passwords: with a mailed link the owner chooses another one, which ends every session.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::ports::Rng;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_lib::store::StoreError;

use crate::audit::Act;
use crate::audit::types::EventType;
use crate::auth::account_links::AccountLinks;
use crate::auth::email_templates;
use crate::auth::emails::AddressedEmail;
use crate::auth::passwords::Passwords;
use crate::auth::revocations::Revocations;
use crate::auth::schema::AccountLink;
use crate::auth::terminations::Terminations;
use crate::auth::types::{ForgotPassword, ResetPassword, TOKEN_INVALID};
use crate::mail;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::user;

/// Resets passwords.
#[derive(Debug)]
pub struct PasswordResets {
    pub(in crate::auth) links: Arc<AccountLinks>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) passwords: Arc<Passwords>,
    pub(in crate::auth) terminations: Arc<Terminations>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl PasswordResets {
    /// Requests a link for a mailbox. Looks nothing up, so the answer is the same for every address: the worker decides
    /// whether it mails a link, a notice or nothing.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn ask(&self, _visitor: Visitor, input: ForgotPassword) -> Result<(), AppError> {
        // The owner's language decides, not that of whoever typed their address.
        let asked = AddressedEmail::to_address(input.email);
        self.mails.enqueue(email_templates::PASSWORD_RESET, &asked.email, &asked).await
    }

    /// Gives the account of a link another password, ends all its sessions, and removes its accounts at providers. Signs nobody
    /// in.
    ///
    /// # Errors
    /// `TOKEN_INVALID` for a link that is unknown, used, expired or replaced, or whose account was suspended, got another
    /// address or ended all sessions since; 400 for a password that breaks the rules, the link stays usable; 503.
    pub async fn redeem(&self, visitor: Visitor, input: ResetPassword) -> Result<(), AppError> {
        let invalid = || AppError::new(&TOKEN_INVALID);
        self.revocations.know_the_time().await?;
        let token = OneTimeToken::parse(input.token.expose()).ok_or_else(invalid)?;
        let (_, user) = self.links.live(AccountLink::PasswordReset, &token).await?.ok_or_else(invalid)?;
        let hash = self.passwords.hash_chosen(&input.new_password, user.email(), "newPassword").await?;
        let notice = AddressedEmail::to_user(&user);
        let reset = retry_on_stale(self.rng.as_ref(), || async {
            // The user may have changed meanwhile, and the link may no longer be valid.
            let (ticket, user) =
                self.links.live(AccountLink::PasswordReset, &token).await?.ok_or_else(invalid)?;
            let mail = self.mails.stage(email_templates::PASSWORD_CHANGED, user.email(), &notice)?;
            let (version, change) = user::Service::stage_password(&user, hash.clone());
            // Whoever lost the account gets it back whole: no account at a provider that somebody linked opens it any more.
            let act = Act::of_proven(user.id(), visitor.client());
            let change = (version, change.and(self.users.stage_unlink_all(&user, &act).await?));
            let event = act.on(user.id(), EventType::UserPasswordChanged);
            match self.terminations.change_by_link(&ticket, &user, change, event, mail).await {
                Ok(()) => Ok(Attempt::Done(user.id())),
                Err(StoreError::Stale { collection: "account_tickets", .. }) => Err(invalid()),
                Err(error) => Attempt::unless_stale(error),
            }
        });
        let contended = || lost_every_race("the account changed faster than its password could be reset");
        let user = reset.await?.ok_or_else(contended)?;
        tracing::info!(user_id = %user, "a password was reset with a mailed link: every session ended");
        self.mails.wake();
        Ok(())
    }
}
