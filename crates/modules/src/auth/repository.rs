//! What signing in asks of the store. Every write here is a whole decision, preconditioned on what was read.

use palisade_core::identity::{SessionId, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::ticket::{OneTimeToken, TicketPurpose};
use palisade_core::utils::pagination::{PageRequest, PageSize};
use palisade_lib::store::{Batch, ClockReading, Collection, Store, StoreError, Stored, Tail};

use super::schema::{
    Device, DeviceId, Redemption, Registration, RegistrationId, Revocation, RevocationId, Session, Ticket,
    TicketKey,
};
use crate::staged::Staged;
use crate::user::types::Email;

const VERIFICATION: TicketPurpose = TicketPurpose::new("verification");
const SETUP: TicketPurpose = TicketPurpose::new("setup");

/// A new document and its id.
pub(super) type New<I, T> = (I, T);

/// The collections of signing in.
#[derive(Debug)]
pub(super) struct Repository {
    store: Store,
    registrations: Collection<Registration>,
    tickets: Collection<Ticket>,
    redemptions: Collection<Redemption>,
    sessions: Collection<Session>,
    devices: Collection<Device>,
    revocations: Collection<Revocation>,
}

impl Repository {
    pub(super) fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            store: store.clone(),
            registrations: store.collection()?,
            tickets: store.collection()?,
            redemptions: store.collection()?,
            sessions: store.collection()?,
            devices: store.collection()?,
            revocations: store.collection()?,
        })
    }

    /// The store's clock: what decides about ages.
    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// How that clock stands to this machine's.
    pub(super) fn clock_reading(&self) -> ClockReading {
        self.store.clock_reading()
    }

    /// Whether it may be wrong until the store is read again.
    pub(super) fn clock_jumped(&self) -> bool {
        self.store.clock_jumped()
    }
}

/// Registrations, and the links that are mailed.
impl Repository {
    /// Takes in a registration together with the mail about it.
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

    /// A verification link. The registration it proves lives as long as the link does.
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
    ) -> Result<(), StoreError> {
        self.store.commit(Self::stage_setup_ticket(token, ticket).into()).await.map(drop)
    }

    pub(super) async fn setup_ticket(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Ticket>>, StoreError> {
        self.tickets.get(&TicketKey(token.hash(SETUP))).await
    }

    /// Uses a verification link: the account begins to exist, the link and the registration end, and what the link was used
    /// for is kept. Fails as stale when the link was used meanwhile, and as a duplicate when the address was claimed.
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

    /// What a link was used for, if that was a moment ago.
    pub(super) async fn redeemed_verification(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Redemption>>, StoreError> {
        self.redemptions.get(&TicketKey(token.hash(VERIFICATION))).await
    }

    /// What a setup link was used for, if that was a moment ago.
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

    /// The live sessions of a user, oldest first: one more page than a user may have sessions is never needed.
    pub(super) async fn sessions_of(&self, user: UserId) -> Result<Vec<Stored<Session>>, StoreError> {
        let page = PageRequest::new(PageSize::MAX, None);
        Ok(self.sessions.find(Session::BY_USER.matching(&user)).page(&page).await?.items)
    }

    /// Begins a session, and ends the one it replaces. Fails as stale when that one moved on meanwhile.
    pub(super) async fn begin_session(
        &self,
        (id, session): New<SessionId, Session>,
        replaced: Option<(&Stored<Session>, New<RevocationId, Revocation>)>,
    ) -> Result<(), StoreError> {
        let begun = Batch::new().insert(&id, session);
        let batch = match replaced {
            Some((replaced, (revocation_id, revocation))) => {
                begun.remove(replaced).insert(&revocation_id, revocation)
            }
            None => begun,
        };
        self.store.commit(batch).await.map(drop)
    }

    /// Moves a session on; fails as stale when another request moved it first.
    pub(super) async fn rotate_session(
        &self,
        read: &Stored<Session>,
        next: Session,
    ) -> Result<(), StoreError> {
        self.store.commit(Batch::new().replace(read, next)).await.map(drop)
    }

    /// Ends a session: its document goes, its access tokens are refused, and a mail says so if there is one. Fails as stale
    /// when another request moved the session on.
    pub(super) async fn end_session(
        &self,
        read: &Stored<Session>,
        (id, revocation): New<RevocationId, Revocation>,
        mail: Staged,
    ) -> Result<(), StoreError> {
        let end = Batch::from(mail).remove(read).insert(&id, revocation);
        self.store.commit(end).await.map(drop)
    }

    /// Removes the session of a user who is purged: nobody is left whose tokens could be refused.
    pub(super) async fn forget_session(&self, read: &Stored<Session>) -> Result<(), StoreError> {
        self.store.commit(Batch::new().remove(read)).await.map(drop)
    }

    /// How often a device came back to sign in.
    pub(super) async fn sign_ins(&self, device: DeviceId) -> Result<i64, StoreError> {
        Ok(self.devices.get(&device).await?.map_or(0, |found| found.value().sign_ins))
    }

    /// One sign-in more of a device that came back. Fails as stale or duplicate when another got in first.
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

/// What is refused.
impl Repository {
    /// Refuses something, together with the writes of another module that are the reason for it.
    pub(super) async fn revoke(
        &self,
        (id, revocation): New<RevocationId, Revocation>,
        because: Staged,
    ) -> Result<(), StoreError> {
        self.store.commit(Batch::from(because).insert(&id, revocation)).await.map(drop)
    }

    /// The revocations in the order they were written, for following them.
    pub(super) fn revocation_feed(&self) -> Tail<Revocation> {
        self.revocations.tail(Revocation::FEED.all())
    }
}
