//! Signing out: every session that anything sent along proves, and no promise about what could not be read.

use palisade_core::cookies::SetCookie;
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Guest, SessionId};
use palisade_core::utils::crypto::token::TokenError;
use palisade_core::values::Id;

use super::Sessions;
use crate::auth::session_tokens::cleared;
use crate::auth::types::Logout;

/// What an access token says about which session to end.
enum Named {
    /// This one. Its signature holds, whatever its age: as with refresh tokens, an old one is enough to end, not to enter.
    Session(SessionId),
    /// None: nobody here made it.
    Nothing,
    /// Perhaps one: it may be signed with a key that this instance has not read yet.
    Unknown,
}

impl Sessions {
    /// Ends the sessions of whatever was sent along: access tokens of any age, refresh tokens of any generation, or nothing.
    /// Each of several is tried, and ends its session if it proves one.
    ///
    /// # Errors
    /// When something may be left over, so that nobody believes to be signed out who is not: 400 for what cannot be read,
    /// 401 for an access token that nobody here made, unless a session was ended beside it, or that this instance
    /// cannot judge; the cookies are cleared, and what could be ended is. 503 when the store is down; then the cookies
    /// stay, to try again with.
    pub async fn logout(&self, guest: Guest, input: Logout) -> Result<Vec<SetCookie>, AppError> {
        let (access, refresh) = (guest.presented(), input.refresh.as_ref());
        // An empty cookie is how some programs forget one.
        let tokens = access.texts().iter().filter(|token| !token.is_empty());
        let named: Vec<Named> = tokens.map(|token| self.named_by(token)).collect();
        let mut sessions: Vec<SessionId> =
            self.tokens.sessions_of(refresh).await?.iter().map(|session| *session.id()).collect();
        sessions.extend(named.iter().filter_map(|named| match named {
            Named::Session(id) => Some(*id),
            Named::Nothing | Named::Unknown => None,
        }));
        sessions.sort_unstable();
        sessions.dedup();
        for id in &sessions {
            self.terminations.end_by_id(*id).await?;
        }
        if let Some(principal) = guest.principal() {
            self.revoke_if_left(principal.session_id).await?;
        }

        let unreadable =
            access.is_unreadable() || refresh.is_some_and(|cookies| cookies.presented().is_unreadable());
        let unknown = named.iter().any(|named| matches!(named, Named::Unknown));
        let refused = if unreadable {
            Some(AppError::malformed("A token that came along cannot be read: its session may go on"))
        } else if unknown || (sessions.is_empty() && !named.is_empty()) {
            Some(
                AppError::new(&codes::AUTH_401)
                    .with_message("An access token that came along names no session to end"),
            )
        } else {
            None
        };
        match refused {
            Some(error) => Err(cleared().into_iter().fold(error, AppError::with_cookie)),
            None => Ok(cleared()),
        }
    }

    /// The session an access token names, when it was made here and its key still counts.
    fn named_by(&self, token: &str) -> Named {
        match self.keys.verification().verify_whenever(token) {
            Ok(verified) if self.revocations.is_withdrawn(verified.key_id.as_str()) => Named::Nothing,
            Ok(verified) => SessionId::parse(&verified.claims.sid).map_or(Named::Nothing, Named::Session),
            Err(TokenError::UnknownKey) => {
                self.keys.report_unknown_key();
                Named::Unknown
            }
            Err(_) => Named::Nothing,
        }
    }

    /// An access token that was let in has no session behind it: it is refused from now on all the same.
    async fn revoke_if_left(&self, session: SessionId) -> Result<(), AppError> {
        if !self.revocations.refuses_session(session) {
            self.terminations.refuse_session(session).await?;
        }
        Ok(())
    }
}
