//! The accounts at providers through which a user signs in.

use std::sync::Arc;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{FreshUser, Person};
use palisade_core::ports::Rng;
use palisade_core::utils::pagination::Page;

use super::oauth_attempts::OAuthAttempts;
use crate::audit::Act;
use crate::auth::email_templates;
use crate::auth::identity_emails::IdentityNoticeEmail;
use crate::auth::repository::Repository;
use crate::auth::terminations::Terminations;
use crate::auth::types::oauth::{IdentityView, ListIdentities, RemoveIdentity};
use crate::mail;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::user::{self, ProviderAccount};

/// Lists and removes identities.
#[derive(Debug)]
pub struct Identities {
    pub(in crate::auth) attempts: Arc<OAuthAttempts>,
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) terminations: Arc<Terminations>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl Identities {
    /// A page of the accounts at providers of the caller. It may have fewer items than asked for although more follow.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn list(&self, caller: Person, input: ListIdentities) -> Result<Page<IdentityView>, AppError> {
        let accounts = self.users.provider_accounts(caller.user_id(), &input.page).await?;
        Ok(accounts.map(|account| self.view(account)))
    }

    /// Removes one of them, and ends the other sessions: one of them may have begun through it.
    ///
    /// # Errors
    /// 404 if the caller has none of this id; `LAST_SIGN_IN_METHOD` if nothing else would be left; 401 if the user no longer
    /// exists; 503.
    pub async fn remove(&self, caller: FreshUser, input: RemoveIdentity) -> Result<(), AppError> {
        let removed = retry_on_stale(self.rng.as_ref(), || async {
            let user = self.users.by_id(caller.user_id()).await?;
            let user = user.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
            let found = {
                let act = Act::of(caller.user());
                self.users
                    .stage_unlink(&user, input.id, act, |provider| self.attempts.is_known(provider))
                    .await?
            };
            let (account, removal) = found.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
            let notice = IdentityNoticeEmail::new(&user, self.attempts.label(&account.provider));
            let mail = self.mails.stage(email_templates::IDENTITY_REMOVED, user.email(), &notice)?;
            let written = self.repository.remove_identity(removal, mail).await;
            written
                .map_or_else(Attempt::unless_stale, |()| Ok::<_, AppError>(Attempt::Done(account.provider)))
        });
        let contended = || lost_every_race("the account changed faster than an identity could be removed");
        let provider = removed.await?.ok_or_else(contended)?;
        tracing::info!(user_id = %caller.user_id(), provider, "a user removed an account at a provider");
        self.mails.wake();
        let current = caller.user().principal().session_id();
        for other in self.repository.sessions_of(caller.user_id()).await? {
            if Some(*other.id()) != current {
                self.terminations.end_by_id(*other.id(), |_| Act::of(caller.user())).await?;
            }
        }
        Ok(())
    }

    fn view(&self, account: ProviderAccount) -> IdentityView {
        let label = self.attempts.label(&account.provider).to_owned();
        let ProviderAccount { id, provider, address, linked_at, .. } = account;
        IdentityView { id, provider, label, address, linked_at }
    }
}
