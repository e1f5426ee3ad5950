//! The deletion of an account by its user. It is kept for a while, in which an operator can restore it and nobody else
//! gets its address.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::{CookieKind, SetCookie};
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::FreshUser;
use palisade_core::ports::Rng;

use crate::audit::Act;
use crate::audit::types::EventType;
use crate::auth::email_templates;
use crate::auth::emails::DeletedEmail;
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::session_tokens::cleared;
use crate::auth::terminations::Terminations;
use crate::auth::types::DeleteAccount;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::user::types::LAST_SUPER_ADMIN;
use crate::{mail, user};

/// Deletes accounts.
#[derive(Debug)]
pub struct AccountDeletions {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) terminations: Arc<Terminations>,
    /// How long deleted accounts are kept.
    pub(in crate::auth) retention: Duration,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl AccountDeletions {
    /// Deletes the caller's account: every session ends, and the owner gets a mail that says until when the account can be
    /// restored. Returns the cookies to clear.
    ///
    /// # Errors
    /// `LAST_SUPER_ADMIN`; 401 if the user no longer exists; 503 when the store is down.
    pub async fn delete(&self, caller: FreshUser, _input: DeleteAccount) -> Result<Vec<SetCookie>, AppError> {
        self.revocations.know_the_time().await?;
        let deleted = retry_on_stale(self.rng.as_ref(), || async {
            let user = self.users.by_id(caller.user_id()).await?.filter(|user| !user.is_suspended());
            let user = user.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
            let deletion = self.users.stage_deletion(&user).await?;
            let deletion = deletion.ok_or_else(|| AppError::new(&LAST_SUPER_ADMIN))?;
            let until = self.repository.now().plus(self.retention);
            let (email, language) = (user.email().clone(), user.language().cloned());
            let notice = DeletedEmail { email, until, language };
            let mail = self.mails.stage(email_templates::ACCOUNT_DELETED, user.email(), &notice)?;
            let event = Act::of(caller.user()).on(user.id(), EventType::UserDeleted);
            let deleted = self.terminations.change(&user, deletion, event, mail).await;
            deleted.map_or_else(Attempt::unless_stale, |()| Ok::<_, AppError>(Attempt::Done(())))
        });
        deleted
            .await?
            .ok_or_else(|| lost_every_race("the account changed faster than it could be deleted"))?;
        tracing::info!(user_id = %caller.user_id(), "a user deleted their account: every session ended");
        self.mails.wake();
        Ok(cleared().into_iter().chain([SetCookie::clear(CookieKind::Device)]).collect())
    }
}
