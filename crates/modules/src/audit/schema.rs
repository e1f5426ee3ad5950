//! The stored events.

use std::fmt;

use palisade_core::identity::{ApiKeyId, SessionId, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::values::{Id, Key, KeyKind, KeyValue};
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _};
use serde::{Deserialize, Serialize};

use super::types::{AuditEventId, EventType, Outcome};

/// Who acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Actor {
    /// A user: in a session, or by a proof of this moment.
    User(UserId),
    /// A client that proved nothing.
    Anonymous,
    /// The operator.
    Operator,
    /// The server itself.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Anonymous => f.write_str("anonymous"),
            Self::Operator => f.write_str("operator"),
            Self::System => f.write_str("system"),
        }
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.to_string()
    }
}

impl TryFrom<String> for Actor {
    type Error = UnknownParty;

    fn try_from(text: String) -> Result<Self, UnknownParty> {
        Ok(match text.as_str() {
            "anonymous" => Self::Anonymous,
            "operator" => Self::Operator,
            "system" => Self::System,
            id => Self::User(UserId::parse(id).ok_or(UnknownParty)?),
        })
    }
}

/// A user, or nobody: a key is never null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct UserOrNobody(pub(crate) Option<UserId>);

const NOBODY: &str = "nobody";

impl From<UserOrNobody> for String {
    fn from(UserOrNobody(user): UserOrNobody) -> Self {
        user.map_or_else(|| NOBODY.to_owned(), |user| user.to_string())
    }
}

impl TryFrom<String> for UserOrNobody {
    type Error = UnknownParty;

    fn try_from(text: String) -> Result<Self, UnknownParty> {
        if text == NOBODY {
            return Ok(Self(None));
        }
        UserId::parse(&text).map(|user| Self(Some(user))).ok_or(UnknownParty)
    }
}

impl Key for UserOrNobody {
    const KIND: KeyKind = KeyKind::Text;

    fn to_key(&self) -> KeyValue {
        KeyValue::Text((*self).into())
    }
}

/// A stored party that no release wrote.
#[derive(Debug, thiserror::Error)]
#[error("neither the id of a user nor a known word")]
pub(crate) struct UnknownParty;

/// Where a request came from, as far as an event keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Origin {
    pub(super) network: String,
    pub(super) device: Option<String>,
    pub(super) request_id: String,
}

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    pub(super) field: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// An event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEvent {
    pub(crate) kind: EventType,
    pub(crate) outcome: Outcome,
    pub(crate) actor: Actor,
    /// To whom it happened.
    pub(crate) subject: UserOrNobody,
    /// The user who acted, unless it was on their own account: those events are found by their subject. Most events are of
    /// that kind, and an index entry for each user is most of what an event costs. An event of an older release has nobody.
    #[serde(default)]
    pub(super) by_other: UserOrNobody,
    pub(super) session: Option<SessionId>,
    /// The user whom the actor impersonated. An event of an older release has none.
    #[serde(default)]
    pub(super) on_behalf_of: Option<UserId>,
    /// The API key with which a program of the user acted. An event of an older release has none.
    #[serde(default)]
    pub(super) key: Option<ApiKeyId>,
    /// The command of the operator, or the job of the server.
    pub(super) command: Option<String>,
    pub(super) target: Option<String>,
    pub(super) changes: Vec<Change>,
    /// `None` for the operator and the server, and after actor or subject were removed for good.
    pub(super) origin: Option<Origin>,
    pub(crate) expires_at: Timestamp,
}

collection! {
    AuditEvent in "audit" {
        id: AuditEventId,
        version: 1,
        kind: ephemeral("an event is kept for AUDIT_RETENTION and no longer; until then nothing removes it", |event| event.expires_at),
        pub(crate) index FEED: oldest_first;
        pub(crate) index BY_TYPE: (kind: EventType) newest_first;
        pub(crate) index BY_SUBJECT: (subject: UserOrNobody) newest_first;
        pub(crate) index BY_SUBJECT_AND_TYPE: (subject: UserOrNobody, kind: EventType) newest_first;
        pub(crate) index BY_ACTOR: (by_other: UserOrNobody) newest_first;
        pub(crate) index BY_ACTOR_AND_TYPE: (by_other: UserOrNobody, kind: EventType) newest_first;
    }
}

/// The collections of this module.
pub(crate) const COLLECTIONS: [&CollectionDef; 1] = [AuditEvent::DEF];

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "\"usr_0190a1b2c3d4e5f60718293a4b5c6d7e\"";

    #[test]
    fn a_party_is_stored_as_text_by_which_it_is_found() {
        for stored in [USER, "\"anonymous\"", "\"operator\"", "\"system\""] {
            let actor: Actor = serde_json::from_str(stored).expect(stored);
            assert_eq!(serde_json::to_string(&actor).expect("writes"), stored);
        }
        for stored in [USER, "\"nobody\""] {
            let subject: UserOrNobody = serde_json::from_str(stored).expect(stored);
            assert_eq!(serde_json::to_string(&subject).expect("writes"), stored);
            assert_eq!(subject.to_key(), KeyValue::Text(stored.trim_matches('"').to_owned()));
        }
        for unknown in ["\"\"", "\"root\"", "\"usr_1\"", "null"] {
            assert!(serde_json::from_str::<Actor>(unknown).is_err(), "{unknown}");
            assert!(serde_json::from_str::<UserOrNobody>(unknown).is_err(), "{unknown}");
        }
    }
}
