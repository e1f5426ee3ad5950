//! The links of accounts: at most one is live for a purpose.

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::ticket::{OneTimeToken, TicketPurpose};
use palisade_lib::store::{Batch, StoreError, Stored};

use super::{New, Repository};
use crate::auth::schema::{
    AccountLink, AccountTicket, AccountTicketKey, Redemption, Revocation, RevocationId, Session, TicketKey,
};
use crate::staged::Staged;
use crate::user::types::Email;

impl Repository {
    /// Stages the link of a user for a purpose; it replaces an earlier one. Fails as stale or duplicate if another one was
    /// written first.
    pub(in crate::auth) async fn stage_account_ticket(
        &self,
        key: AccountTicketKey,
        token: &OneTimeToken,
        (email, epoch): (Email, i64),
        expires_at: Timestamp,
    ) -> Result<Staged, StoreError> {
        let hash = token.hash(label(key.purpose)).to_string();
        let ticket = AccountTicket { hash, email, epoch, expires_at };
        Ok(match self.account_tickets.get(&key).await? {
            Some(earlier) => Batch::new().replace(&earlier, ticket),
            None => Batch::new().insert(&key, ticket),
        }
        .into())
    }

    /// The same for a link that is not mailed.
    pub(in crate::auth) async fn add_account_ticket(
        &self,
        key: AccountTicketKey,
        token: &OneTimeToken,
        bound: (Email, i64),
        expires_at: Timestamp,
        event: Staged,
    ) -> Result<(), StoreError> {
        let ticket = self.stage_account_ticket(key, token, bound, expires_at).await?;
        self.store.commit(ticket.and(event).into()).await.map(drop)
    }

    /// The link with this token, if it is the newest of its account.
    pub(in crate::auth) async fn account_ticket(
        &self,
        purpose: AccountLink,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<AccountTicket>>, StoreError> {
        let hash = token.hash(label(purpose)).to_string();
        let found = self.account_tickets.find(AccountTicket::BY_HASH.matching(&hash)).first().await?;
        Ok(found.filter(|found| found.id().purpose == purpose))
    }

    /// Uses a link of an account: writes the change, the revocation of the account's tokens, and a mail about it. Fails as
    /// stale if the link was used or the user changed meanwhile.
    pub(in crate::auth) async fn redeem_account_ticket(
        &self,
        ticket: &Stored<AccountTicket>,
        change: Staged,
        (id, revocation): New<RevocationId, Revocation>,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let spent = Batch::new().remove(ticket).merge(change.into());
        self.store.commit(spent.insert(&id, revocation).merge(mail.into())).await.map(drop)
    }

    /// Uses the link that confirms another address: writes the change of the user, the session that goes on, the
    /// revocation of the user's tokens, a record of the use, and a mail about it. Fails as stale if one of them changed
    /// meanwhile, and as a duplicate if the address was claimed.
    pub(in crate::auth) async fn redeem_email_change(
        &self,
        ticket: &Stored<AccountTicket>,
        (change, mail): (Staged, Staged),
        (session, continued): (&Stored<Session>, Session),
        (id, revocation): New<RevocationId, Revocation>,
        (link, redemption): New<TicketKey, Redemption>,
    ) -> Result<(), StoreError> {
        let spent = Batch::new().remove(ticket).merge(change.into()).replace(session, continued);
        let recorded = spent.insert(&id, revocation).insert(&link, redemption);
        self.store.commit(recorded.merge(mail.into())).await.map(drop)
    }

    /// The key under which the use of a link that confirms another address is recorded.
    pub(in crate::auth) fn email_change_key(token: &OneTimeToken) -> TicketKey {
        TicketKey(token.hash(label(AccountLink::EmailChange)))
    }

    /// The record of a recently confirmed address.
    pub(in crate::auth) async fn redeemed_email_change(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Redemption>>, StoreError> {
        self.redemptions.get(&Self::email_change_key(token)).await
    }
}

/// A ticket for one purpose is not found under another.
fn label(purpose: AccountLink) -> TicketPurpose {
    match purpose {
        AccountLink::PasswordReset => TicketPurpose::new("password-reset"),
        AccountLink::EmailChange => TicketPurpose::new("email-change"),
        AccountLink::SecureAccount => TicketPurpose::new("secure-account"),
    }
}
