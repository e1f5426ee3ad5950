//! The links of accounts, as long as they are valid.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_lib::store::Stored;

use super::repository::Repository;
use super::schema::{AccountLink, AccountTicket};
use crate::user::{self, User};

/// Finds the links of accounts.
#[derive(Debug)]
pub(super) struct AccountLinks {
    pub(super) repository: Arc<Repository>,
    pub(super) users: user::Service,
}

impl AccountLinks {
    /// The link with this token and its account, if no session of the account ended since it was mailed. A link that
    /// resets a password also ends when the account gets another address.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(super) async fn live(
        &self,
        purpose: AccountLink,
        token: &OneTimeToken,
    ) -> Result<Option<(Stored<AccountTicket>, User)>, AppError> {
        let Some(ticket) = self.repository.account_ticket(purpose, token).await? else { return Ok(None) };
        let user = self.users.by_id(ticket.id().user).await?;
        let user = user.filter(|user| {
            user.is_active_in(ticket.value().epoch)
                && (purpose != AccountLink::PasswordReset || *user.email() == ticket.value().email)
        });
        Ok(user.map(|user| (ticket, user)))
    }
}
