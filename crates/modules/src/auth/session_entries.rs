//! Sessions, as answers show them.

use palisade_core::identity::SessionId;
use palisade_lib::store::Stored;

use super::schema::Session;
use super::types::SessionEntry;
use crate::user_agent;

/// A session as an answer shows it; `current` is the one of the request, which an API key does not have.
pub(super) fn entry(session: &Stored<Session>, current: Option<SessionId>) -> SessionEntry {
    let Session { user_agent, ip, rotated_at, authenticated_at, expires_at, .. } = session.value();
    SessionEntry {
        id: *session.id(),
        device: user_agent.as_deref().map(user_agent::in_words),
        ip: ip.clone(),
        signed_in_at: *authenticated_at,
        last_used_at: *rotated_at,
        expires_at: *expires_at,
        current: Some(*session.id()) == current,
    }
}
