//! The sessions of a user on all devices, and ending one of them.

use palisade_core::cookies::SetCookie;
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::Person;
use palisade_core::utils::pagination::Page;

use super::Sessions;
use crate::audit::Act;
use crate::auth::schema::Session;
use crate::auth::session_entries::entry;
use crate::auth::session_tokens::cleared;
use crate::auth::types::{ListSessions, SessionEntry, SessionPath};
use crate::user::User;

impl Sessions {
    /// A page of the live sessions of the caller, the newest first.
    ///
    /// # Errors
    /// 400 for a cursor of another list; 401 if the user no longer exists; 503 when the store is down.
    pub async fn list(&self, caller: Person, input: ListSessions) -> Result<Page<SessionEntry>, AppError> {
        let user = self.user(&caller).await?;
        let live = self.repository.live_sessions(user.id(), user.session_epoch(), &input.page).await?;
        let current = caller.user().principal().session_id();
        Ok(live.map(|session| entry(&session, current)))
    }

    /// Ends one session of the caller. Ending the current one is a sign-out.
    ///
    /// # Errors
    /// 404 for an ended session or one of another user; 503 when the store is down.
    pub async fn end_one(&self, caller: Person, input: SessionPath) -> Result<Vec<SetCookie>, AppError> {
        let user = self.user(&caller).await?;
        let session = self.repository.session(input.id).await?;
        let is_live = |session: &Session| session.user == user.id() && user.is_active_in(session.epoch);
        if !session.is_some_and(|session| is_live(session.value())) {
            return Err(AppError::new(&codes::NOT_FOUND));
        }
        self.terminations.end_by_id(input.id, |_| Act::of(caller.user())).await?;
        let current = caller.user().principal().session_id();
        Ok(if Some(input.id) == current { cleared() } else { Vec::new() })
    }

    async fn user(&self, caller: &Person) -> Result<User, AppError> {
        let user = self.users.by_id(caller.user_id()).await?;
        user.ok_or_else(|| AppError::new(&codes::AUTH_401))
    }
}
