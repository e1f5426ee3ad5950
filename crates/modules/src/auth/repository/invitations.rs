//! Invitations: one of an address at a time, each with one live link.

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::ticket::{OneTimeToken, TicketPurpose};
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_lib::store::{Batch, StoreError, Stored};

use super::{New, Repository};
use crate::auth::schema::{Invitation, InvitedAddress, InvitedAddressKey, Redemption, TicketKey};
use crate::auth::types::invitations::InvitationId;
use crate::staged::Staged;

const INVITATION: TicketPurpose = TicketPurpose::new("invitation");

impl Repository {
    /// The hash by which the invitation of a mailed token is found.
    pub(in crate::auth) fn invitation_hash(token: &OneTimeToken) -> String {
        token.hash(INVITATION).to_string()
    }

    /// Stores an invitation together with the mail about it, and returns when. Fails as a duplicate if one of the address
    /// is pending.
    pub(in crate::auth) async fn add_invitation(
        &self,
        (id, invitation): New<InvitationId, Invitation>,
        mail: Staged,
    ) -> Result<Timestamp, StoreError> {
        let claim = InvitedAddress { invitation: id, expires_at: invitation.expires_at };
        let claimed = Batch::new().insert(&InvitedAddressKey::of(&invitation.email), claim);
        let commit = self.store.commit(claimed.insert(&id, invitation).merge(mail.into())).await?;
        Ok(commit.at())
    }

    pub(in crate::auth) async fn invitation(
        &self,
        id: InvitationId,
    ) -> Result<Option<Stored<Invitation>>, StoreError> {
        self.invitations.get(&id).await
    }

    /// The invitation whose newest link has this token.
    pub(in crate::auth) async fn invitation_of(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Invitation>>, StoreError> {
        let hash = Self::invitation_hash(token);
        self.invitations.find(Invitation::BY_HASH.matching(&hash)).first().await
    }

    /// A page of the pending invitations, newest first.
    pub(in crate::auth) async fn pending_invitations(
        &self,
        page: &PageRequest,
    ) -> Result<Page<Stored<Invitation>>, StoreError> {
        self.invitations.find(Invitation::NEWEST.all()).page(page).await
    }

    /// Stages another state of an invitation. The claim of its address ends with it. Fails as stale if the invitation
    /// changed meanwhile.
    pub(in crate::auth) async fn stage_renewal(
        &self,
        read: &Stored<Invitation>,
        renewed: Invitation,
    ) -> Result<Staged, StoreError> {
        let key = InvitedAddressKey::of(&renewed.email);
        let claim = InvitedAddress { invitation: *read.id(), expires_at: renewed.expires_at };
        let claimed = match self.invited_addresses.get(&key).await? {
            Some(earlier) => Batch::new().replace(&earlier, claim),
            None => Batch::new().insert(&key, claim),
        };
        Ok(claimed.replace(read, renewed).into())
    }

    /// Renews an invitation, together with a mail about it.
    pub(in crate::auth) async fn renew_invitation(
        &self,
        read: &Stored<Invitation>,
        renewed: Invitation,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let renewal = Batch::from(self.stage_renewal(read, renewed).await?);
        self.store.commit(renewal.merge(mail.into())).await.map(drop)
    }

    /// Withdraws an invitation. Fails as stale if it changed meanwhile.
    pub(in crate::auth) async fn withdraw_invitation(
        &self,
        read: &Stored<Invitation>,
        event: Staged,
    ) -> Result<(), StoreError> {
        self.store.commit(self.end_of_invitation(read).await?.merge(event.into())).await.map(drop)
    }

    /// Accepts an invitation: creates the account, removes the invitation with its link, and records the use. `vouched` is
    /// the precondition that the inviter may still invite. Fails as stale if any of this changed meanwhile, and as a
    /// duplicate if the address was claimed.
    pub(in crate::auth) async fn redeem_invitation(
        &self,
        read: &Stored<Invitation>,
        (key, redemption): New<TicketKey, Redemption>,
        (creation, vouched): (Staged, Staged),
    ) -> Result<(), StoreError> {
        let spent = self.end_of_invitation(read).await?.insert(&key, redemption);
        self.store.commit(spent.merge(creation.into()).merge(vouched.into())).await.map(drop)
    }

    /// The record of a recently accepted invitation.
    pub(in crate::auth) async fn redeemed_invitation(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Redemption>>, StoreError> {
        self.redemptions.get(&Self::invitation_key(token)).await
    }

    /// The key of the record that a token was used.
    pub(in crate::auth) fn invitation_key(token: &OneTimeToken) -> TicketKey {
        TicketKey(token.hash(INVITATION))
    }

    async fn end_of_invitation(&self, read: &Stored<Invitation>) -> Result<Batch, StoreError> {
        let key = InvitedAddressKey::of(&read.value().email);
        let claim = self.invited_addresses.get(&key).await?;
        let end = Batch::new().remove(read);
        Ok(claim.iter().fold(end, Batch::remove))
    }
}
