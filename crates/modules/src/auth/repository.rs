//! The queries and writes of the auth module. Every write is one decision, all or nothing, with the read state as
//! its precondition.

mod account_links;
mod api_keys;
mod invitations;
mod oauth;

use palisade_core::identity::{SessionId, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::ticket::{OneTimeToken, TicketPurpose};
use palisade_core::utils::pagination::{Page, PageRequest, PageSize};
use palisade_lib::store::{
    Batch, ClockReading, Collection, OwnedDocuments, Removed, Store, StoreError, Stored, Tail,
};

use super::schema::{
    AccountTicket, ApiKeyDocument, Device, DeviceId, Invitation, InvitedAddress, PendingIdentity, Redemption,
    Registration, RegistrationId, Revocation, RevocationId, Session, Ticket, TicketKey,
};
use crate::staged::Staged;
use crate::user::types::Email;

const VERIFICATION: TicketPurpose = TicketPurpose::new("verification");
const SETUP: TicketPurpose = TicketPurpose::new("setup");

/// A new document and its id.
pub(super) type New<I, T> = (I, T);

/// The collections of the auth module.
#[derive(Debug)]
pub(super) struct Repository {
    store: Store,
    registrations: Collection<Registration>,
    invitations: Collection<Invitation>,
    invited_addresses: Collection<InvitedAddress>,
    tickets: Collection<Ticket>,
    account_tickets: Collection<AccountTicket>,
    redemptions: Collection<Redemption>,
    sessions: Collection<Session>,
    devices: Collection<Device>,
    revocations: Collection<Revocation>,
    pending_identities: Collection<PendingIdentity>,
    api_keys: Collection<ApiKeyDocument>,
}

impl Repository {
    pub(super) fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            store: store.clone(),
            registrations: store.collection()?,
            invitations: store.collection()?,
            invited_addresses: store.collection()?,
            tickets: store.collection()?,
            account_tickets: store.collection()?,
            redemptions: store.collection()?,
            sessions: store.collection()?,
            devices: store.collection()?,
            revocations: store.collection()?,
            pending_identities: store.collection()?,
            api_keys: store.collection()?,
        })
    }

    /// The time by the store's clock, which all ages are judged by.
    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// The difference between that clock and this machine's.
    pub(super) fn clock_reading(&self) -> ClockReading {
        self.store.clock_reading()
    }

    /// What a product keeps of a user.
    pub(super) fn owned_by(&self, user: UserId) -> OwnedDocuments<'_> {
        self.store.owned_by(user)
    }

    /// Removes for good what a product keeps of a user: a step of it.
    pub(super) async fn remove_owned_by(&self, user: UserId) -> Result<Removed, StoreError> {
        self.store.remove_of(&user).await
    }

    /// Whether the clock may be wrong until the next read from the store.
    pub(super) fn clock_jumped(&self) -> bool {
        self.store.clock_jumped()
    }
}

/// Registrations and mailed links.
impl Repository {
    /// Stores a registration together with the mail about it.
    pub(super) async fn add_registration(
        &self,
        (id, registration): New<RegistrationId, Registration>,
        mail: Staged,
    ) -> Result<(), StoreError> {
        self.store.commit(Batch::from(mail).insert(&id, registration)).await.map(drop)
    }

    pub(super) async fn registration(
        &self,
        id: RegistrationId,
    ) -> Result<Option<Stored<Registration>>, StoreError> {
        self.registrations.get(&id).await
    }

    pub(super) async fn newest_registration(
        &self,
        email: &Email,
    ) -> Result<Option<Stored<Registration>>, StoreError> {
        self.registrations.find(Registration::BY_EMAIL.matching(email)).first().await
    }

    /// Stages a verification link. Its registration lives as long as the link.
    pub(super) fn stage_verification_ticket(
        token: &OneTimeToken,
        ticket: Ticket,
        registration: &Stored<Registration>,
    ) -> Staged {
        let (key, ends) = (TicketKey(token.hash(VERIFICATION)), ticket.expires_at);
        let batch = Batch::new().insert(&key, ticket);
        if registration.expires_at() >= ends {
            return batch.into();
        }
        let longer = Registration { expires_at: ends, ..registration.value().clone() };
        batch.replace(registration, longer).into()
    }

    pub(super) async fn verification_ticket(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Ticket>>, StoreError> {
        self.tickets.get(&TicketKey(token.hash(VERIFICATION))).await
    }

    pub(super) fn stage_setup_ticket(token: &OneTimeToken, ticket: Ticket) -> Staged {
        Batch::new().insert(&TicketKey(token.hash(SETUP)), ticket).into()
    }

    pub(super) async fn add_setup_ticket(
        &self,
        token: &OneTimeToken,
        ticket: Ticket,
        event: Staged,
    ) -> Result<(), StoreError> {
        self.store.commit(Self::stage_setup_ticket(token, ticket).and(event).into()).await.map(drop)
    }

    pub(super) async fn setup_ticket(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Ticket>>, StoreError> {
        self.tickets.get(&TicketKey(token.hash(SETUP))).await
    }

    /// Uses a verification link: creates the account, removes the link and the registration, and records the use.
    /// Fails as stale if the link was used meanwhile, and as a duplicate if the address was claimed.
    pub(super) async fn redeem_verification(
        &self,
        ticket: &Stored<Ticket>,
        registration: &Stored<Registration>,
        redemption: Redemption,
        creation: Staged,
    ) -> Result<(), StoreError> {
        let spent = Batch::new().remove(ticket).remove(registration).insert(ticket.id(), redemption);
        self.store.commit(spent.merge(creation.into())).await.map(drop)
    }

    /// Uses a setup link in the same way.
    pub(super) async fn redeem_setup(
        &self,
        ticket: &Stored<Ticket>,
        redemption: Redemption,
        creation: Staged,
    ) -> Result<(), StoreError> {
        let spent = Batch::new().remove(ticket).insert(ticket.id(), redemption);
        self.store.commit(spent.merge(creation.into())).await.map(drop)
    }

    /// The record of a recently used verification link.
    pub(super) async fn redeemed_verification(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Redemption>>, StoreError> {
        self.redemptions.get(&TicketKey(token.hash(VERIFICATION))).await
    }

    /// The record of a recently used setup link.
    pub(super) async fn redeemed_setup(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Redemption>>, StoreError> {
        self.redemptions.get(&TicketKey(token.hash(SETUP))).await
    }
}

/// Sessions and devices.
impl Repository {
    pub(super) async fn session(&self, id: SessionId) -> Result<Option<Stored<Session>>, StoreError> {
        self.sessions.get(&id).await
    }

    /// The live sessions of a user, oldest first. One page is always enough: it is larger than the limit of
    /// sessions.
    pub(super) async fn sessions_of(&self, user: UserId) -> Result<Vec<Stored<Session>>, StoreError> {
        let page = PageRequest::new(PageSize::MAX, None);
        Ok(self.sessions.find(Session::BY_USER.matching(&user)).page(&page).await?.items)
    }

    /// A page of a user's sessions of this epoch, newest first: those of earlier epochs have ended.
    pub(super) async fn live_sessions(
        &self,
        user: UserId,
        epoch: i64,
        page: &PageRequest,
    ) -> Result<Page<Stored<Session>>, StoreError> {
        self.sessions.find(Session::LIVE.matching(&user, &epoch)).page(page).await
    }

    /// Starts a session, ends the one that it replaces, and sends a mail if there is one. Fails as stale if the replaced
    /// one changed meanwhile.
    pub(super) async fn begin_session(
        &self,
        (id, session): New<SessionId, Session>,
        replaced: Option<(&Stored<Session>, New<RevocationId, Revocation>)>,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let begun = Batch::from(mail).insert(&id, session);
        let batch = match replaced {
            Some((replaced, (revocation_id, revocation))) => {
                begun.remove(replaced).insert(&revocation_id, revocation)
            }
            None => begun,
        };
        self.store.commit(batch).await.map(drop)
    }

    /// Rotates a session; fails as stale if another request rotated it first.
    pub(super) async fn rotate_session(
        &self,
        read: &Stored<Session>,
        next: Session,
    ) -> Result<(), StoreError> {
        self.store.commit(Batch::new().replace(read, next)).await.map(drop)
    }

    /// Begins an impersonation in a session, on the conditions of another module. Fails as stale if the session changed, or
    /// one of the conditions.
    pub(super) async fn enter_impersonation(
        &self,
        (read, next): (&Stored<Session>, Session),
        conditions: Staged,
        event: Staged,
    ) -> Result<(), StoreError> {
        let entered = Batch::from(conditions.and(event)).replace(read, next);
        self.store.commit(entered).await.map(drop)
    }

    /// Ends the impersonation of a session, and revokes its token. Fails as stale if another request changed the session.
    pub(super) async fn leave_impersonation(
        &self,
        (read, next): (&Stored<Session>, Session),
        (id, revocation): New<RevocationId, Revocation>,
        event: Staged,
    ) -> Result<(), StoreError> {
        let left = Batch::from(event).replace(read, next).insert(&id, revocation);
        self.store.commit(left).await.map(drop)
    }

    /// Ends a session: removes its document, revokes its access tokens, and sends a mail if there is one. Fails as
    /// stale if another request changed the session.
    pub(super) async fn end_session(
        &self,
        read: &Stored<Session>,
        (id, revocation): New<RevocationId, Revocation>,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let end = Batch::from(mail).remove(read).insert(&id, revocation);
        self.store.commit(end).await.map(drop)
    }

    /// Removes the session of a purged user: no tokens are left that would need a revocation.
    pub(super) async fn forget_session(&self, read: &Stored<Session>) -> Result<(), StoreError> {
        self.store.commit(Batch::new().remove(read)).await.map(drop)
    }

    /// How often a device returned to sign in.
    pub(super) async fn sign_ins(&self, device: DeviceId) -> Result<i64, StoreError> {
        Ok(self.devices.get(&device).await?.map_or(0, |found| found.value().sign_ins))
    }

    /// Counts one more sign-in of a returning device. Fails as stale or duplicate if another sign-in was counted
    /// first.
    pub(super) async fn count_sign_in(
        &self,
        device: DeviceId,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let batch = match self.devices.get(&device).await? {
            Some(read) => {
                let sign_ins = read.value().sign_ins.saturating_add(1);
                Batch::new().replace(&read, Device { sign_ins, expires_at })
            }
            None => Batch::new().insert(&device, Device { sign_ins: 1, expires_at }),
        };
        self.store.commit(batch).await.map(drop)
    }
}

/// Revocations.
impl Repository {
    /// Stores a revocation together with the writes of another module that cause it and a mail about it.
    pub(super) async fn revoke(
        &self,
        (id, revocation): New<RevocationId, Revocation>,
        because: Staged,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let revoked = Batch::from(because).insert(&id, revocation);
        self.store.commit(revoked.merge(mail.into())).await.map(drop)
    }

    /// Writes a change of a user after which their access tokens stay valid, and its event. Fails as stale if one of the
    /// documents that the change rests on changed meanwhile.
    pub(super) async fn change_user(&self, change: Staged, event: Staged) -> Result<(), StoreError> {
        self.store.commit(change.and(event).into()).await.map(drop)
    }

    /// The revocations in the order of their writes, to follow them.
    pub(super) fn revocation_feed(&self) -> Tail<Revocation> {
        self.revocations.tail(Revocation::FEED.all())
    }
}
