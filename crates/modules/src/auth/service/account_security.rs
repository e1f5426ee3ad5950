//! "This was not me": with a mailed link the owner of an address ends every session of the account.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::ports::Rng;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_lib::store::StoreError;

use crate::audit::Act;
use crate::audit::types::EventType;
use crate::auth::account_links::AccountLinks;
use crate::auth::revocations::Revocations;
use crate::auth::schema::AccountLink;
use crate::auth::terminations::Terminations;
use crate::auth::types::{SecureAccount, TOKEN_INVALID};
use crate::retry::{Attempt, lost_every_race, retry_on_stale};
use crate::staged::Staged;
use crate::user;

/// Ends the sessions of accounts whose owner objects.
#[derive(Debug)]
pub struct AccountSecurity {
    pub(in crate::auth) links: Arc<AccountLinks>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) revocations: Arc<Revocations>,
    pub(in crate::auth) terminations: Arc<Terminations>,
    pub(in crate::auth) rng: Arc<dyn Rng>,
}

impl AccountSecurity {
    /// Ends every session of the account of a link, and with them every pending change that its user asked for, and removes
    /// its accounts at providers if it has a password.
    ///
    /// # Errors
    /// `TOKEN_INVALID` for a link that is unknown, used, expired or replaced, or whose account ended all sessions since;
    /// 503 when the store is down.
    pub async fn secure(&self, visitor: Visitor, input: SecureAccount) -> Result<(), AppError> {
        let invalid = || AppError::new(&TOKEN_INVALID);
        self.revocations.know_the_time().await?;
        let token = OneTimeToken::parse(input.token.expose()).ok_or_else(invalid)?;
        let secured = retry_on_stale(self.rng.as_ref(), || async {
            let (ticket, user) =
                self.links.live(AccountLink::SecureAccount, &token).await?.ok_or_else(invalid)?;
            let act = Act::of_proven(user.id(), visitor.client());
            let (version, change) = user::Service::stage_end_of_sessions(&user);
            let change = if user.password().is_some() {
                (version, change.and(self.users.stage_unlink_all(&user, &act).await?))
            } else {
                // Without a password the accounts at providers are the only way in, also for the owner.
                (version, change)
            };
            let event = act.on(user.id(), EventType::UserSessionsEnded);
            match self.terminations.change_by_link(&ticket, &user, change, event, Staged::nothing()).await {
                Ok(()) => Ok(Attempt::Done(user.id())),
                Err(StoreError::Stale { collection: "account_tickets", .. }) => Err(invalid()),
                Err(error) => Attempt::unless_stale(error),
            }
        });
        let contended = || lost_every_race("the account changed faster than its sessions could be ended");
        let user = secured.await?.ok_or_else(contended)?;
        tracing::warn!(user_id = %user, "an owner objected to another address: every session ended");
        Ok(())
    }
}
