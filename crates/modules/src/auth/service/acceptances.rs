//! Accepting an invitation: whoever holds the mailed link chooses a password and gets the account.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::{Client, UserId, Visitor};
use palisade_core::ports::Rng;
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_core::utils::languages::{LanguageTag, Languages};
use palisade_lib::store::{StoreError, Stored};

use super::registrations::Proven;
use crate::audit::Act;
use crate::auth::inviters::still_vouched;
use crate::auth::passwords::Passwords;
use crate::auth::redemptions::{Lost, Redemptions};
use crate::auth::registration_cookies::{RegistrationCookies, RegistrationNote};
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::schema::Invitation;
use crate::auth::types::invitations::AcceptInvitation;
use crate::auth::types::{TOKEN_INVALID, VerifiedView};
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::staged::Staged;
use crate::user::types::{Email, Name, Role};
use crate::user::{self, NewUser, User};

/// Turns invitations into accounts.
#[derive(Debug)]
pub struct Acceptances {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) passwords: Arc<Passwords>,
    pub(in crate::auth) cookies: Arc<RegistrationCookies>,
    pub(in crate::auth) redemptions: Arc<Redemptions>,
    pub(in crate::auth) languages: Languages,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl Acceptances {
    /// Accepts an invitation and creates the account in one step with the claim of the address. Signs nobody in. A
    /// repeated request gets the same answer as the first: within ten minutes from the same browser, and at the same
    /// moment from any client with the same password.
    ///
    /// # Errors
    /// `TOKEN_INVALID` for a link that is unknown, used, expired, replaced or withdrawn, whose address has an account by
    /// now, or whose inviter may no longer invite to its role; 400 for a password that breaks the rules, the link stays
    /// usable; 503.
    pub async fn accept(&self, visitor: Visitor, input: AcceptInvitation) -> Result<Proven, AppError> {
        let AcceptInvitation { token, password, name, registration } = input;
        let invalid = || AppError::new(&TOKEN_INVALID);
        self.revocations.know_the_time().await?;
        let token = OneTimeToken::parse(token.expose()).ok_or_else(invalid)?;
        let here = self.cookies.read(registration.as_ref());
        let mut lost = None;
        if let Some((invitation, _)) = self.live(&token).await? {
            let email = invitation.value().email.clone();
            let hash = self.passwords.hash_chosen(&password, &email, "password").await?;
            let language = self.languages.choice(&visitor.client().languages);
            if let Some(id) = self.redeem(visitor.client(), &token, &hash, (name.as_ref(), language)).await? {
                tracing::info!(user_id = %id, invitation = %invitation.id(), "an invitation was accepted");
                let view = VerifiedView { user: self.users.view(id).await? };
                let link = Repository::invitation_key(&token);
                return Ok(Proven {
                    view,
                    cookies: self.redemptions.used_here(link, &email, here.as_ref())?,
                });
            }
            lost = Some(Lost { password: &password, trial: visitor.trial() });
        }
        let redemption = self.repository.redeemed_invitation(&token).await?;
        let repeated = self.redemptions.repeated(redemption, here.as_ref(), lost).await?;
        let (link, user) = repeated.ok_or_else(invalid)?;
        let cookies = self.redemptions.used_here(link, user.email(), here.as_ref())?;
        Ok(Proven { view: VerifiedView { user: user.view() }, cookies })
    }

    /// Creates the account; `None` if the link is no longer valid. Whatever the decision rests on is read again after a lost
    /// race.
    async fn redeem(
        &self,
        client: &Client,
        token: &OneTimeToken,
        hash: &PasswordHash,
        (name, language): (Option<&Name>, Option<LanguageTag>),
    ) -> Result<Option<UserId>, AppError> {
        let redeemed = retry_on_stale(self.rng.as_ref(), || async {
            let Some((read, vouched)) = self.live(token).await? else { return Ok(Attempt::Done(None)) };
            let Invitation { email, role, name: offered, .. } = read.value();
            let name = name.or(offered.as_ref()).cloned();
            let newcomer = NewUser::invited(email.clone(), name, hash.clone(), *role);
            let newcomer = newcomer.who_reads(language.clone());
            let act = |id| Act::of_proven(id, client);
            let (id, creation) = match role {
                Role::SuperAdmin => self.users.stage_super_admin(newcomer, act).await?,
                Role::User | Role::Support | Role::Admin => self.users.stage_creation(newcomer, act),
            };
            let used = (Repository::invitation_key(token), self.redemptions.redemption(id, None));
            match self.repository.redeem_invitation(&read, used, (creation, vouched)).await {
                Ok(()) => Ok(Attempt::Done(Some(id))),
                // Another link for the address was faster.
                Err(StoreError::Duplicate { collection: "identities", .. }) => Ok(Attempt::Done(None)),
                Err(error) => Attempt::unless_raced::<AppError>(error),
            }
        });
        let contended = || lost_every_race("an invitation lost every race for its account");
        redeemed.await?.ok_or_else(contended)
    }

    /// The invitation of a link, and the precondition that its inviter may still invite. `None` for a link that is no
    /// longer valid.
    async fn live(&self, token: &OneTimeToken) -> Result<Option<(Stored<Invitation>, Staged)>, AppError> {
        let Some(read) = self.repository.invitation_of(token).await? else { return Ok(None) };
        if self.users.is_taken(&read.value().email).await? {
            return Ok(None);
        }
        let vouched = still_vouched(&self.users, read.value()).await?;
        Ok(vouched.map(|vouched| (read, vouched)))
    }

    /// The address that a link invites; `None` for a link that is no longer valid.
    pub(super) async fn invited(&self, token: &OneTimeToken) -> Result<Option<Email>, AppError> {
        Ok(self.live(token).await?.map(|(read, _)| read.value().email.clone()))
    }

    /// The account that this browser recently created with a link.
    pub(super) async fn accepted_here(
        &self,
        token: &OneTimeToken,
        here: Option<&RegistrationNote>,
    ) -> Result<Option<User>, AppError> {
        let redemption = self.repository.redeemed_invitation(token).await?;
        Ok(self.redemptions.repeated(redemption, here, None).await?.map(|(_, user)| user))
    }
}
