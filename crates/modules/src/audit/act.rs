//! Who acts, and what they did.

use std::fmt;

use palisade_core::identity::{ApiKeyId, AuthenticatedUser, Client, Operator, SessionId, UserId};
use palisade_core::net::NetworkKey;

use super::schema::{Actor, Change, Origin};
use super::types::{EventType, Outcome};
use crate::user_agent;

/// Who acts, and from where: the beginning of every event.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(super) actor: Actor,
    pub(super) session: Option<SessionId>,
    pub(super) on_behalf_of: Option<UserId>,
    pub(super) key: Option<ApiKeyId>,
    pub(super) command: Option<&'static str>,
    pub(super) origin: Option<Origin>,
}

impl Act {
    /// A user who is signed in, or whose program presented an API key; of an administrator who impersonates a user, the
    /// administrator.
    pub(crate) fn of(user: &AuthenticatedUser) -> Self {
        let principal = user.principal();
        let (session, key) = (principal.session_id(), principal.key_id());
        let on_behalf_of = principal.impersonator.map(|_| principal.user_id);
        Self { session, on_behalf_of, key, ..Self::of_proven(principal.acting_user(), user.client()) }
    }

    /// A user who has just proven to be one, by signing in or with a link from the mailbox.
    pub(crate) fn of_proven(user: UserId, client: &Client) -> Self {
        Self { actor: Actor::User(user), ..Self::of_client(client) }
    }

    /// A client that proved nothing.
    pub(crate) fn of_client(client: &Client) -> Self {
        let origin = Origin {
            network: NetworkKey::of(client.ip).to_string(),
            device: client.user_agent.as_deref().map(user_agent::in_words),
            request_id: client.request_id.to_string(),
        };
        Self { origin: Some(origin), ..Self::by(Actor::Anonymous) }
    }

    /// The operator.
    pub(crate) fn of_operator(operator: &Operator<'_>) -> Self {
        let command = Some(operator.name());
        Self { command, ..Self::by(Actor::Operator) }
    }

    /// The server itself, in this job.
    pub(crate) fn of_system(job: &'static str) -> Self {
        Self { command: Some(job), ..Self::by(Actor::System) }
    }

    fn by(actor: Actor) -> Self {
        Self { actor, session: None, on_behalf_of: None, key: None, command: None, origin: None }
    }

    /// What happened to a user.
    pub(crate) fn on(self, user: UserId, kind: EventType) -> Event {
        Event { user: Some(user), ..self.did(kind) }
    }

    /// What happened, to no user.
    pub(crate) fn did(self, kind: EventType) -> Event {
        Event { act: self, kind, outcome: Outcome::Succeeded, user: None, target: None, changes: Vec::new() }
    }
}

/// What happened. Nothing is recorded before [`Service::stage`](super::Service::stage) and the commit.
#[derive(Clone, Debug)]
#[must_use = "an event is recorded with the write that it reports"]
pub(crate) struct Event {
    pub(super) act: Act,
    pub(super) kind: EventType,
    pub(super) outcome: Outcome,
    pub(super) user: Option<UserId>,
    pub(super) target: Option<String>,
    pub(super) changes: Vec<Change>,
}

impl Event {
    /// Another event of the same act.
    pub(crate) fn and_on(&self, user: UserId, kind: EventType) -> Self {
        self.act.clone().on(user, kind)
    }

    /// With what it concerns beside the user.
    pub(crate) fn about<T: fmt::Display + ?Sized>(self, target: &T) -> Self {
        Self { target: Some(target.to_string()), ..self }
    }

    /// With a field that changed, and its values.
    pub(crate) fn changing(mut self, field: &str, before: &str, after: &str) -> Self {
        let (before, after) = (Some(before.to_owned()), Some(after.to_owned()));
        self.changes.push(Change { field: field.to_owned(), before, after });
        self
    }

    /// With a personal field that changed, of which only the fact is kept.
    pub(crate) fn changing_personal(mut self, field: &str) -> Self {
        self.changes.push(Change { field: field.to_owned(), before: None, after: None });
        self
    }

    /// The same as an attempt that was refused.
    pub(crate) fn refused(self) -> Self {
        Self { outcome: Outcome::Refused, ..self }
    }
}
