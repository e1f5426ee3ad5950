//! Recording events, and reading them.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::identity::{ApiKeyId, Granted, Operator, UserId};
use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Page, PageRequest, PageSize, invalid_cursor};
use palisade_core::values::Id as _;
use palisade_lib::store::{Store, StoreError, Stored};
use parking_lot::Mutex;

use super::act::{Act, Event};
use super::repository::{Party, Repository};
use super::schema::{Actor, AuditEvent, Change, UserOrNobody};
use super::types::{
    ActorKind, ActorView, AuditEventId, AuditEventView, ChangeView, EventType, EventView, ListAuditEvents,
    ReadEvents,
};
use crate::permissions::AuditRead;
use crate::staged::Staged;

/// The audit. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    repository: Repository,
    /// How long events are kept.
    retention: Duration,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    /// The id of the last event that this process made.
    last: Mutex<Option<AuditEventId>>,
}

impl Service {
    pub(crate) fn new(
        store: &Store,
        retention: Duration,
        (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>),
    ) -> Result<Self, StoreError> {
        let (repository, last) = (Repository::new(store)?, Mutex::default());
        Ok(Self(Arc::new(Inner { repository, retention, clock, rng, last })))
    }

    /// An event, to commit together with what it reports: both are written, or neither.
    pub(crate) fn stage(&self, event: Event) -> Staged {
        let (id, event) = self.document(event);
        Repository::stage(id, event)
    }

    /// Records an event by itself: an attempt that was refused has no other write.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn record(&self, event: Event) -> Result<(), AppError> {
        let (id, event) = self.document(event);
        Ok(self.0.repository.add(id, event).await?)
    }

    fn document(&self, event: Event) -> (AuditEventId, AuditEvent) {
        let Event { act, kind, outcome, user, target, changes } = event;
        let Act { actor, session, on_behalf_of, key, command, origin } = act;
        let command = command.map(str::to_owned);
        let expires_at = self.0.repository.now().plus(self.0.retention);
        let by_other = match actor {
            Actor::User(actor) if user != Some(actor) => Some(actor),
            _ => None,
        };
        let document = AuditEvent {
            kind,
            outcome,
            actor,
            subject: UserOrNobody(user),
            by_other: UserOrNobody(by_other),
            session,
            on_behalf_of,
            key,
            command,
            target,
            changes,
            origin,
            expires_at,
        };
        // Events of one millisecond are listed in the order of their ids.
        let mut last = self.0.last.lock();
        let id = AuditEventId::generate_after(*last, self.0.clock.as_ref(), self.0.rng.as_ref());
        *last = Some(id);
        (id, document)
    }

    /// A page of events, the newest first.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn list(
        &self,
        _by: Granted<AuditRead>,
        input: ListAuditEvents,
    ) -> Result<Page<AuditEventView>, AppError> {
        let party = match (input.user, input.actor) {
            (Some(user), _) => Party::Subject(user),
            (None, Some(actor)) => Party::Actor(actor),
            (None, None) => Party::Anybody,
        };
        let events = self.0.repository.list(party, input.kind, &input.page).await?;
        Ok(events.map(|event| view(&event)))
    }

    /// A page of events in the order in which they happened, after the cursor of the page before. They appear here up to ten
    /// seconds after they happened, once nothing can appear before them any more: a reader who comes back with the last cursor
    /// misses none and sees none twice.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 503 when the store is down.
    pub async fn feed(
        &self,
        _by: Granted<AuditRead>,
        input: ReadEvents,
    ) -> Result<Page<EventView>, AppError> {
        let events = match self.0.repository.feed(&input.feed).await {
            Err(StoreError::InvalidCursor) => {
                return Err(AppError::validation(vec![invalid_cursor().at("after")]));
            }
            events => events?,
        };
        Ok(events.map(|event| EventView::of(view(&event))))
    }

    /// A page of the events since a time, as [`feed`](Self::feed) gives them, for those who send them on.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another time; [`StoreError::Unavailable`].
    pub(crate) async fn follow(
        &self,
        since: Timestamp,
        page: &PageRequest,
    ) -> Result<Page<EventView>, StoreError> {
        let events = self.0.repository.follow(since, page).await?;
        Ok(events.map(|event| EventView::of(view(&event))))
    }

    /// One event, unless it has ended.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(crate) async fn event(&self, id: AuditEventId) -> Result<Option<EventView>, StoreError> {
        let event = self.0.repository.get(id).await?;
        Ok(event.map(|event| EventView::of(view(&event))))
    }

    /// Until when an event of that time is kept.
    pub(crate) fn kept_until(&self, at: Timestamp) -> Timestamp {
        at.plus(self.0.retention)
    }

    /// What [`list`](Self::list) gives, for an operator who exports everything, or the events of one user.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn export(
        &self,
        _operator: &Operator<'_>,
        (user, kind): (Option<UserId>, Option<EventType>),
        page: &PageRequest,
    ) -> Result<Page<AuditEventView>, AppError> {
        let party = user.map_or(Party::Anybody, Party::Subject);
        let events = self.0.repository.list(party, kind, page).await?;
        Ok(events.map(|event| view(&event)))
    }

    /// A page of what happened to a user, the newest first: for a copy of their data.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub(crate) async fn about(
        &self,
        user: UserId,
        page: &PageRequest,
    ) -> Result<Page<AuditEventView>, AppError> {
        let events = self.0.repository.list(Party::Subject(user), None, page).await?;
        Ok(events.map(|event| view(&event)))
    }

    /// Removes from the events of a user where they came from: from those by the user, and from those about the user by a
    /// client that proved nothing. What stays names nobody once the user is gone. A page of events at a time; after an
    /// interruption the next call continues.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if an event ended meanwhile: nothing of its page was written, so the user has to wait for the next
    /// call. [`StoreError::Unavailable`].
    pub(crate) async fn forget_origins_of(&self, user: UserId) -> Result<(), StoreError> {
        for party in [Party::Subject(user), Party::Actor(user)] {
            let mut page = PageRequest::new(PageSize::MAX, None);
            loop {
                let read = self.0.repository.list(party, None, &page).await?;
                let is_theirs = |event: &Stored<AuditEvent>| {
                    let AuditEvent { actor, origin, .. } = event.value();
                    origin.is_some() && [Actor::User(user), Actor::Anonymous].contains(actor)
                };
                let known: Vec<_> = read.items.into_iter().filter(is_theirs).collect();
                self.0.repository.forget_origins(&known).await?;
                let Some(next) = read.next else { break };
                page = PageRequest::new(PageSize::MAX, Some(next));
            }
        }
        Ok(())
    }
}

fn view(stored: &Stored<AuditEvent>) -> AuditEventView {
    let AuditEvent { kind, outcome, actor, subject, session, on_behalf_of, key, command, .. } =
        stored.value().clone();
    let AuditEvent { target, changes, origin, .. } = stored.value().clone();
    let (network, device, request_id) = match origin {
        Some(origin) => (Some(origin.network), origin.device, Some(origin.request_id)),
        None => (None, None, None),
    };
    AuditEventView {
        id: *stored.id(),
        kind,
        outcome,
        actor: ActorView {
            on_behalf_of,
            ..actor_view(actor, (session.map(|id| id.to_string()), key), command)
        },
        user_id: subject.0,
        target,
        changes: changes.into_iter().map(change_view).collect(),
        network,
        device,
        request_id,
        at: stored.created_at(),
    }
}

fn actor_view(
    actor: Actor,
    (session_id, key_id): (Option<String>, Option<ApiKeyId>),
    command: Option<String>,
) -> ActorView {
    let (kind, user_id) = match actor {
        Actor::User(user) => (ActorKind::User, Some(user)),
        Actor::Anonymous => (ActorKind::Anonymous, None),
        Actor::Operator => (ActorKind::Operator, None),
        Actor::System => (ActorKind::System, None),
    };
    ActorView { kind, user_id, on_behalf_of: None, session_id, key_id, command }
}

fn change_view(Change { field, before, after }: Change) -> ChangeView {
    ChangeView { field, before, after }
}
