//! The named administrator becomes the first super-admin: once, through a claim that stays.
//!
//! Several instances may start at once, and a start may stop at any point. So one batch writes the claim with
//! everything it stands for: the instance that writes it has done all of it, and the others find it done.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::Operator;
use palisade_core::ports::Rng;
use palisade_core::utils::crypto::password::PasswordHash;
use tokio::sync::OnceCell;

use crate::audit::Act;
use crate::auth::email_templates;
use crate::auth::emails::AddressedEmail;
use crate::auth::first_admin::{FirstAdmin, FirstAdminState};
use crate::auth::passwords::Passwords;
use crate::mail;
use crate::retry::{Attempt, retry_on_stale};
use crate::user::types::Email;
use crate::user::{self, NewUser, Standing, crowded};

/// Creates or invites the named administrator.
#[derive(Debug)]
pub struct FirstAdminClaim {
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) passwords: Arc<Passwords>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl FirstAdminClaim {
    /// Makes the named administrator the first super-admin, or queues a mail with a link to become one. Does
    /// nothing if a super-admin exists or an earlier start already did it, whatever happened since.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn honor(
        &self,
        operator: &Operator<'_>,
        named: Option<&FirstAdmin>,
    ) -> Result<FirstAdminState, AppError> {
        let hash = OnceCell::new();
        let state = retry_on_stale(self.rng.as_ref(), || async {
            let named = match (self.users.standing_of_the_named().await?, named) {
                (Standing::Needless, _) => return Ok(Attempt::Done(FirstAdminState::There)),
                (_, None) => return Ok(Attempt::Done(FirstAdminState::Nobody)),
                (Standing::NamedBefore, Some(_)) => return Ok(Attempt::Done(FirstAdminState::NamedBefore)),
                (Standing::Wanted, Some(named)) => named,
            };
            if self.users.is_taken(named.email()).await? {
                return Ok(Attempt::Done(FirstAdminState::Taken));
            }
            match named.password() {
                None => self.invite(named.email()).await,
                Some(password) => {
                    let hashing = || self.passwords.hash_chosen(password, named.email(), "password");
                    let hash: &PasswordHash = hash.get_or_try_init(hashing).await?;
                    let act = Act::of_operator(operator);
                    self.make(NewUser::super_admin(named.email().clone(), None, hash.clone()), act).await
                }
            }
        });
        state.await?.ok_or_else(crowded)
    }

    async fn make(&self, newcomer: NewUser, act: Act) -> Result<Attempt<FirstAdminState>, AppError> {
        Ok(match self.users.create_named(newcomer, act).await? {
            Attempt::Done(()) => {
                tracing::info!(
                    "created the super-admin that ADMIN_EMAIL names; ADMIN_PASSWORD is no longer needed"
                );
                Attempt::Done(FirstAdminState::There)
            }
            Attempt::Again => Attempt::Again,
        })
    }

    async fn invite(&self, email: &Email) -> Result<Attempt<FirstAdminState>, AppError> {
        let asked = AddressedEmail::to_address(email.clone());
        let mail = self.mails.stage(email_templates::SETUP, email, &asked)?;
        Ok(match self.users.invite_named(mail).await? {
            Attempt::Done(()) => {
                tracing::info!("queued a link that creates a super-admin for ADMIN_EMAIL");
                self.mails.wake();
                Attempt::Done(FirstAdminState::Invited)
            }
            Attempt::Again => Attempt::Again,
        })
    }
}
