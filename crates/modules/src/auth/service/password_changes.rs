//! The change of a known password: it ends every session, and the caller gets a new one.

use std::sync::Arc;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::Person;
use palisade_core::limits::Trial;
use palisade_core::ports::Rng;
use palisade_core::utils::crypto::password::Priority;

use super::new_sessions::NewSessions;
use crate::audit::Act;
use crate::audit::types::EventType;
use crate::auth::devices::Devices;
use crate::auth::email_templates;
use crate::auth::emails::AddressedEmail;
use crate::auth::passwords::Passwords;
use crate::auth::revocations::Revocations;
use crate::auth::schema::Proof;
use crate::auth::session_tokens::SignedIn;
use crate::auth::terminations::Terminations;
use crate::auth::types::{ChangePassword, INVALID_CREDENTIALS};
use crate::mail;
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::staged::Staged;
use crate::user::{self, User};

/// Changes passwords.
#[derive(Debug)]
pub struct PasswordChanges {
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) mails: mail::Service,
    pub(in crate::auth) passwords: Arc<Passwords>,
    pub(in crate::auth) devices: Arc<Devices>,
    pub(in crate::auth) sessions: Arc<NewSessions>,
    pub(in crate::auth) terminations: Arc<Terminations>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl PasswordChanges {
    /// Changes the caller's password. This ends every session of the caller, and this browser gets a new one.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS` when the current password is wrong or the account has none; 400 for a password that breaks the
    /// rules; 503.
    pub async fn change(&self, caller: Person, input: ChangePassword) -> Result<SignedIn, AppError> {
        let wrong = || AppError::new(&INVALID_CREDENTIALS);
        self.revocations.know_the_time().await?;
        let user = self.users.by_id(caller.user_id()).await?.ok_or_else(wrong)?;
        if !self.holds(&input, &user).await? {
            return Err(wrong());
        }
        let hash = self.passwords.hash_chosen(&input.new_password, user.email(), "newPassword").await?;
        let notice = AddressedEmail::to_user(&user);
        // The comparison used this hash: it is no longer valid if another request changed the password meanwhile.
        let compared = user.session_epoch();
        let changed = retry_on_stale(self.rng.as_ref(), || async {
            let user = self.users.by_id(user.id()).await?.filter(|user| user.is_active_in(compared));
            let user = user.ok_or_else(wrong)?;
            let mail = self.mails.stage(email_templates::PASSWORD_CHANGED, user.email(), &notice)?;
            let change = user::Service::stage_password(&user, hash.clone());
            let event = Act::of(caller.user()).on(user.id(), EventType::UserPasswordChanged);
            let changed = self.terminations.change(&user, change, event, mail).await;
            changed.map_or_else(Attempt::unless_stale, |()| Ok::<_, AppError>(Attempt::Done(())))
        });
        changed.await?.ok_or_else(|| {
            lost_every_race("the account changed faster than its password could be changed")
        })?;
        tracing::info!(user_id = %user.id(), "a password was changed: every session ended");
        self.mails.wake();
        // Whatever ended all sessions since then ends this one as well.
        let user = self.users.by_id(user.id()).await?;
        let user = user.filter(|user| user.is_active_in(compared.saturating_add(1)));
        let user = user.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
        // Earlier cookies name no device any more, so this browser gets a new device id.
        self.sessions
            .begin(caller.client(), (&user, Proof::Password), self.devices.new_id(), None, &|| {
                Ok(Staged::nothing())
            })
            .await
    }

    async fn holds(&self, input: &ChangePassword, user: &User) -> Result<bool, AppError> {
        let (hasher, trial) = (self.passwords.hasher(), Trial::uncounted());
        let presented = input.current_password.expose();
        let verdict = hasher.verify(presented, user.password(), Priority::Unknown, &trial).await?;
        Ok(verdict.matches)
    }
}
