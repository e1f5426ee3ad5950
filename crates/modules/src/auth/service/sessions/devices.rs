//! The sessions of a user on all devices, and ending one of them.

use palisade_core::cookies::SetCookie;
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::AuthenticatedUser;
use palisade_core::utils::pagination::{Page, PageSize};
use palisade_lib::store::Stored;

use super::Sessions;
use crate::auth::schema::Session;
use crate::auth::session_tokens::cleared;
use crate::auth::types::{SessionEntry, SessionPath};
use crate::auth::user_agent;

impl Sessions {
    /// The live sessions of the caller, the newest first: one page contains all that a user may have.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn list(&self, caller: AuthenticatedUser) -> Result<Page<SessionEntry>, AppError> {
        let live = self.live_of(&caller).await?;
        let current = caller.principal().session_id;
        let entry = |session: &Stored<Session>| {
            let Session { user_agent, ip, rotated_at, authenticated_at, expires_at, .. } = session.value();
            SessionEntry {
                id: *session.id(),
                device: user_agent.as_deref().map(user_agent::in_words),
                ip: ip.clone(),
                signed_in_at: *authenticated_at,
                last_used_at: *rotated_at,
                expires_at: *expires_at,
                current: *session.id() == current,
            }
        };
        Ok(Page { items: live.iter().rev().map(entry).collect(), limit: PageSize::MAX, next: None })
    }

    /// Ends one session of the caller. Ending the current one is a sign-out.
    ///
    /// # Errors
    /// 404 for an ended session or one of another user; 503 when the store is down.
    pub async fn end_one(
        &self,
        caller: AuthenticatedUser,
        input: SessionPath,
    ) -> Result<Vec<SetCookie>, AppError> {
        let live = self.live_of(&caller).await?;
        if !live.iter().any(|session| *session.id() == input.id) {
            return Err(AppError::new(&codes::NOT_FOUND));
        }
        self.terminations.end_by_id(input.id).await?;
        Ok(if input.id == caller.principal().session_id { cleared() } else { Vec::new() })
    }

    /// The sessions of the account's epoch: older ones have ended, although their documents still exist.
    async fn live_of(&self, caller: &AuthenticatedUser) -> Result<Vec<Stored<Session>>, AppError> {
        let Some(user) = self.users.by_id(caller.user_id()).await? else {
            return Err(AppError::new(&codes::AUTH_401));
        };
        let mut live = self.repository.sessions_of(user.id()).await?;
        live.retain(|session| user.is_active_in(session.value().epoch));
        Ok(live)
    }
}
