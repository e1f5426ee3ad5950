//! Whom the environment names becomes the first super-admin: once, by a claim that stays.
//!
//! Several instances may start at once, and a start may break off anywhere. So the claim is written in one batch with all
//! that it is for: who writes it has done it, and everybody else finds it done.

use palisade_core::errors::AppError;
use palisade_core::identity::Operator;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_lib::store::{Batch, StoreError};
use serde::{Deserialize, Serialize};

use super::Service;
use super::setup::{MAX_CAS_RETRIES, crowded};
use crate::auth::first_admin::{FirstAdmin, FirstAdminState};
use crate::auth::letters;
use crate::auth::repository::Repository;
use crate::auth::schema::{Ticket, TicketFor};
use crate::mail::{Composed, Verdict};
use crate::user::types::Email;
use crate::user::{NewUser, Standing};

/// That the first administrator is to be mailed a link.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetupIntent {
    email: Email,
}

impl Service {
    /// Makes whom the environment names the first super-admin, or queues a mail with a link to become one. Does nothing
    /// once there is a super-admin or the environment had its way at an earlier start, whatever became of them since.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn make_first_admin(
        &self,
        _operator: &Operator<'_>,
        named: Option<&FirstAdmin>,
    ) -> Result<FirstAdminState, AppError> {
        let mut hash = None;
        for _ in 0..MAX_CAS_RETRIES {
            let named = match (self.users.standing_of_the_named().await?, named) {
                (Standing::Needless, _) => return Ok(FirstAdminState::There),
                (_, None) => return Ok(FirstAdminState::Nobody),
                (Standing::NamedBefore, Some(_)) => return Ok(FirstAdminState::NamedBefore),
                (Standing::Wanted, Some(named)) => named,
            };
            if self.users.is_taken(named.email()).await? {
                return Ok(FirstAdminState::Taken);
            }
            let batch = match (named.password(), &hash) {
                (None, _) => {
                    let mail = self.mails.intend(
                        letters::SETUP,
                        named.email(),
                        &SetupIntent { email: named.email().clone() },
                    )?;
                    self.users.stage_named(None).await?.merge(mail)
                }
                (Some(password), None) => {
                    // It takes a while: it is looked again who was faster.
                    hash = Some(self.hash_chosen(password, named.email()).await?);
                    continue;
                }
                (Some(_), Some(hash)) => {
                    let newcomer = NewUser::super_admin(named.email().clone(), None, hash.clone());
                    self.users.stage_named(Some(newcomer)).await?
                }
            };
            match self.repository.commit(batch).await {
                Ok(_) if named.password().is_some() => {
                    tracing::info!(
                        "the super-admin that ADMIN_EMAIL names was made; ADMIN_PASSWORD is not needed any more"
                    );
                    return Ok(FirstAdminState::There);
                }
                Ok(_) => {
                    tracing::info!("a link that makes a super-admin was queued for ADMIN_EMAIL");
                    self.mails.wake();
                    return Ok(FirstAdminState::Invited);
                }
                Err(StoreError::Stale { .. } | StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(crowded())
    }

    /// The link for the first administrator; nothing once there is one.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn compose_setup(&self, intent: SetupIntent) -> Result<Verdict, AppError> {
        let SetupIntent { email } = intent;
        if self.users.has_super_admin().await? || self.users.is_taken(&email).await? {
            return Ok(Composed::only(None).into());
        }
        let token = OneTimeToken::generate(self.rng.as_ref());
        let link_ends = self.repository.now().plus(self.lifetimes.setup);
        let letter = Some(self.letters.setup(&email, &token));
        let ticket = Ticket { purpose: TicketFor::Setup { email: Some(email) }, expires_at: link_ends };
        let writes: Batch = Repository::add_setup_ticket(&token, ticket);
        Ok(Composed { letter, writes, link_ends: Some(link_ends), withheld: None }.into())
    }
}
