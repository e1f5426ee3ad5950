//! What signing in asks of the store. Every write here is a whole decision, preconditioned on what was read.

use palisade_core::identity::{SessionId, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::ticket::{OneTimeToken, TicketPurpose};
use palisade_core::utils::pagination::{PageRequest, PageSize};
use palisade_lib::store::{Batch, ClockReading, Collection, Commit, Store, StoreError, Stored, Tail};

use super::schema::{
    Device, DeviceId, Redemption, Registration, RegistrationId, Revocation, RevocationId, Session, Ticket,
    TicketKey,
};
use crate::user::types::Email;

const VERIFICATION: TicketPurpose = TicketPurpose::new("verification");
const SETUP: TicketPurpose = TicketPurpose::new("setup");

/// The collections of signing in.
#[derive(Clone, Debug)]
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

    /// Writes a decision, all or nothing.
    pub(super) async fn commit(&self, batch: Batch) -> Result<Commit, StoreError> {
        self.store.commit(batch).await
    }

    pub(super) fn add_registration(id: RegistrationId, registration: Registration) -> Batch {
        Batch::new().insert(&id, registration)
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

    pub(super) fn add_verification_ticket(token: &OneTimeToken, ticket: Ticket) -> Batch {
        Batch::new().insert(&TicketKey(token.hash(VERIFICATION)), ticket)
    }

    pub(super) async fn verification_ticket(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Ticket>>, StoreError> {
        self.tickets.get(&TicketKey(token.hash(VERIFICATION))).await
    }

    pub(super) fn add_setup_ticket(token: &OneTimeToken, ticket: Ticket) -> Batch {
        Batch::new().insert(&TicketKey(token.hash(SETUP)), ticket)
    }

    pub(super) async fn setup_ticket(
        &self,
        token: &OneTimeToken,
    ) -> Result<Option<Stored<Ticket>>, StoreError> {
        self.tickets.get(&TicketKey(token.hash(SETUP))).await
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

    pub(super) fn add_redemption(link: TicketKey, redemption: Redemption) -> Batch {
        Batch::new().insert(&link, redemption)
    }

    pub(super) async fn session(&self, id: SessionId) -> Result<Option<Stored<Session>>, StoreError> {
        self.sessions.get(&id).await
    }

    /// The live sessions of a user, oldest first: one more page than a user may have sessions is never needed.
    pub(super) async fn sessions_of(&self, user: UserId) -> Result<Vec<Stored<Session>>, StoreError> {
        let page = PageRequest::new(PageSize::MAX, None);
        Ok(self.sessions.find(Session::BY_USER.matching(&user)).page(&page).await?.items)
    }

    pub(super) fn add_session(id: SessionId, session: Session) -> Batch {
        Batch::new().insert(&id, session)
    }

    pub(super) fn remove_session(read: &Stored<Session>) -> Batch {
        Batch::new().remove(read)
    }

    /// Moves a session on; fails as stale when another request moved it first.
    pub(super) async fn rotate_session(
        &self,
        read: &Stored<Session>,
        next: Session,
    ) -> Result<Commit, StoreError> {
        self.store.commit(Batch::new().replace(read, next)).await
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
    ) -> Result<Commit, StoreError> {
        let batch = match self.devices.get(&device).await? {
            Some(read) => {
                let sign_ins = read.value().sign_ins.saturating_add(1);
                Batch::new().replace(&read, Device { sign_ins, expires_at })
            }
            None => Batch::new().insert(&device, Device { sign_ins: 1, expires_at }),
        };
        self.store.commit(batch).await
    }

    pub(super) fn add_revocation(id: RevocationId, revocation: Revocation) -> Batch {
        Batch::new().insert(&id, revocation)
    }

    /// The revocations in the order they were written, for following them.
    pub(super) fn revocation_feed(&self) -> Tail<Revocation> {
        self.revocations.tail(Revocation::FEED.all())
    }
}
