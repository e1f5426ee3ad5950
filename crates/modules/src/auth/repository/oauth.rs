//! Attempts to sign in through a provider, and identities that wait for a confirmed address.

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::ticket::{OneTimeToken, TicketPurpose};
use palisade_lib::store::{Batch, StoreError, Stored};

use super::{New, Repository};
use crate::auth::schema::{
    AttemptKey, PendingIdentity, PendingIdentityId, Redemption, Ticket, TicketKey, UsedAttempt,
};
use crate::staged::Staged;

const IDENTITY: TicketPurpose = TicketPurpose::new("identity");
const APP_SIGN_IN: TicketPurpose = TicketPurpose::new("app-sign-in");

impl Repository {
    /// Uses an attempt. Fails as a duplicate if it was used before.
    pub(in crate::auth) async fn use_attempt(
        &self,
        state: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let used = Batch::new().insert(&AttemptKey::of(state), UsedAttempt { expires_at });
        self.store.commit(used).await.map(drop)
    }

    /// Joins an account at a provider to a user, who may be new, together with the mail about it.
    pub(in crate::auth) async fn join_identity(&self, joining: Staged) -> Result<(), StoreError> {
        self.store.commit(joining.into()).await.map(drop)
    }

    /// Removes an identity together with the mail about it.
    pub(in crate::auth) async fn remove_identity(
        &self,
        removal: Staged,
        mail: Staged,
    ) -> Result<(), StoreError> {
        self.store.commit(Batch::from(removal.and(mail))).await.map(drop)
    }

    /// Stores an identity that waits for a confirmed address, together with the mail about it.
    pub(in crate::auth) async fn add_pending_identity(
        &self,
        (id, pending): New<PendingIdentityId, PendingIdentity>,
        mail: Staged,
    ) -> Result<(), StoreError> {
        self.store.commit(Batch::from(mail).insert(&id, pending)).await.map(drop)
    }

    pub(in crate::auth) async fn pending_identity(
        &self,
        id: PendingIdentityId,
    ) -> Result<Option<Stored<PendingIdentity>>, StoreError> {
        self.pending_identities.get(&id).await
    }

    /// Stores the code with which an app gets a session.
    pub(in crate::auth) async fn add_app_code(
        &self,
        token: &OneTimeToken,
        ticket: Ticket,
    ) -> Result<(), StoreError> {
        let code = Batch::new().insert(&TicketKey(token.hash(APP_SIGN_IN)), ticket);
        self.store.commit(code).await.map(drop)
    }

    pub(in crate::auth) async fn app_code(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Ticket>>, StoreError> {
        self.tickets.get(&TicketKey(token.hash(APP_SIGN_IN))).await
    }

    /// Uses such a code. Fails as stale if it was used meanwhile.
    pub(in crate::auth) async fn use_app_code(&self, code: &Stored<Ticket>) -> Result<(), StoreError> {
        self.store.commit(Batch::new().remove(code)).await.map(drop)
    }

    /// Stages a link that confirms the address of identities.
    pub(in crate::auth) fn stage_identity_ticket(token: &OneTimeToken, ticket: Ticket) -> Staged {
        Batch::new().insert(&Self::identity_key(token), ticket).into()
    }

    /// The key of the link, and of the record of its use.
    pub(in crate::auth) fn identity_key(token: &OneTimeToken) -> TicketKey {
        TicketKey(token.hash(IDENTITY))
    }

    pub(in crate::auth) async fn identity_ticket(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Ticket>>, StoreError> {
        self.tickets.get(&Self::identity_key(token)).await
    }

    /// The record of a recently used link.
    pub(in crate::auth) async fn redeemed_identity(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Redemption>>, StoreError> {
        self.redemptions.get(&Self::identity_key(token)).await
    }

    /// Uses the link of an identity: writes what it causes, removes link and identity, and records the use. Fails as stale
    /// if the link was used meanwhile, and as a duplicate if somebody has claimed address or identity.
    pub(in crate::auth) async fn redeem_identity(
        &self,
        ticket: &Stored<Ticket>,
        pending: &Stored<PendingIdentity>,
        redemption: Redemption,
        because: Staged,
    ) -> Result<(), StoreError> {
        let spent = Batch::new().remove(ticket).remove(pending).insert(ticket.id(), redemption);
        self.store.commit(spent.merge(because.into())).await.map(drop)
    }
}
