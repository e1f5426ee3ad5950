//! The queries and writes about events.

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_lib::store::{Batch, Collection, Store, StoreError, Stored};

use super::schema::{AuditEvent, UserOrNobody};
use super::types::{AuditEventId, EventType};
use crate::staged::Staged;

/// The collection of events.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    store: Store,
    events: Collection<AuditEvent>,
}

/// The user whose events to list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Party {
    Anybody,
    Subject(UserId),
    Actor(UserId),
}

impl Repository {
    pub(super) fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { store: store.clone(), events: store.collection()? })
    }

    /// The time by the store's clock, which retentions are judged by.
    pub(super) fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// An event, to commit with what it reports.
    pub(super) fn stage(id: AuditEventId, event: AuditEvent) -> Staged {
        Batch::new().insert(&id, event).into()
    }

    /// An event by itself.
    pub(super) async fn add(&self, id: AuditEventId, event: AuditEvent) -> Result<(), StoreError> {
        self.store.commit(Self::stage(id, event).into()).await.map(drop)
    }

    /// A page of events, the newest first. Every combination of filters has its own index.
    pub(super) async fn list(
        &self,
        party: Party,
        kind: Option<EventType>,
        page: &PageRequest,
    ) -> Result<Page<Stored<AuditEvent>>, StoreError> {
        let query = match (party, kind) {
            (Party::Anybody, None) => AuditEvent::FEED.all().newest_first(),
            (Party::Anybody, Some(kind)) => AuditEvent::BY_TYPE.matching(&kind),
            (Party::Subject(user), None) => AuditEvent::BY_SUBJECT.matching(&UserOrNobody(Some(user))),
            (Party::Subject(user), Some(kind)) => {
                AuditEvent::BY_SUBJECT_AND_TYPE.matching(&UserOrNobody(Some(user)), &kind)
            }
            (Party::Actor(user), None) => AuditEvent::BY_ACTOR.matching(&UserOrNobody(Some(user))),
            (Party::Actor(user), Some(kind)) => {
                AuditEvent::BY_ACTOR_AND_TYPE.matching(&UserOrNobody(Some(user)), &kind)
            }
        };
        self.events.find(query).page(page).await
    }

    /// A page of all events in the order in which they happened, without the newest, whose order is not settled yet.
    pub(super) async fn feed(&self, page: &PageRequest) -> Result<Page<Stored<AuditEvent>>, StoreError> {
        self.events.settled(AuditEvent::FEED.all(), page).await
    }

    /// The same, from a time on.
    pub(super) async fn follow(
        &self,
        since: Timestamp,
        page: &PageRequest,
    ) -> Result<Page<Stored<AuditEvent>>, StoreError> {
        self.events.settled(AuditEvent::FEED.all().at_least(&since), page).await
    }

    /// One event.
    pub(super) async fn get(&self, id: AuditEventId) -> Result<Option<Stored<AuditEvent>>, StoreError> {
        self.events.get(&id).await
    }

    /// Removes from these events where they came from. Fails as stale if one of them ended meanwhile.
    pub(super) async fn forget_origins(&self, events: &[Stored<AuditEvent>]) -> Result<(), StoreError> {
        let forget = |batch: Batch, event: &Stored<AuditEvent>| {
            batch.replace(event, AuditEvent { origin: None, ..event.value().clone() })
        };
        self.store.commit(events.iter().fold(Batch::new(), forget)).await.map(drop)
    }
}
