//! Signing out: ends every session that a token in the request proves, and reports tokens that it could not read.

use palisade_core::cookies::SetCookie;
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Guest, Principal, SessionId};
use palisade_core::utils::crypto::token::{Claims, TokenError};
use palisade_core::values::Id;

use super::Sessions;
use crate::audit::Act;
use crate::auth::session_tokens::cleared;
use crate::auth::types::Logout;

/// The session that an access token names.
enum Named {
    /// This one; of the token of an impersonation, that of the administrator. Its signature is valid, whatever its age: as with refresh tokens, an old one may end a session,
    /// but not use it.
    Session(SessionId),
    /// None: no instance of this deployment signed it.
    Nothing,
    /// Perhaps one: the token may be signed with a key that this instance has not read yet.
    Unknown,
}

impl Sessions {
    /// Ends the sessions of all tokens in the request: access tokens of any age and refresh tokens of any
    /// generation; there may be none. Each token is tried, and ends its session if it proves one.
    ///
    /// # Errors
    /// When a session may be left, so that nobody wrongly believes to be signed out: 400 for an unreadable token;
    /// 401 for an access token that this deployment did not sign, unless another token ended a session, or that
    /// this instance cannot judge. The cookies are cleared, and the provable sessions are ended. 503 when the store
    /// is down; then the cookies stay, for another try.
    pub async fn logout(&self, guest: Guest, input: Logout) -> Result<Vec<SetCookie>, AppError> {
        let (access, refresh) = (guest.presented(), input.refresh.as_ref());
        // Some programs delete a cookie by setting it to the empty string.
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
            self.terminations.end_by_id(*id, |user| Act::of_proven(user, guest.client())).await?;
        }
        let own = |principal: &Principal| {
            principal.impersonator.map(|by| by.session_id).or_else(|| principal.session_id())
        };
        if let Some(session) = guest.principal().and_then(own) {
            self.revoke_if_left(session).await?;
        }

        let unreadable =
            access.is_unreadable() || refresh.is_some_and(|cookies| cookies.presented().is_unreadable());
        let unknown = named.iter().any(|named| matches!(named, Named::Unknown));
        let refused = if unreadable {
            Some(AppError::malformed("A token in the request cannot be read: its session may still exist"))
        } else if unknown || (sessions.is_empty() && !named.is_empty()) {
            Some(
                AppError::new(&codes::AUTH_401)
                    .with_message("An access token in the request names no session to end"),
            )
        } else {
            None
        };
        match refused {
            Some(error) => Err(cleared().into_iter().fold(error, AppError::with_cookie)),
            None => Ok(cleared()),
        }
    }

    /// The session that an access token names, if this deployment signed it and its key is still valid.
    fn named_by(&self, token: &str) -> Named {
        match self.keys.verification().verify_whenever(token) {
            Ok(verified) if self.revocations.is_withdrawn(verified.key_id.as_str()) => Named::Nothing,
            Ok(verified) => {
                let Claims { sid, act, .. } = &verified.claims;
                let sid = act.as_ref().map_or(sid, |act| &act.sid);
                SessionId::parse(sid).map_or(Named::Nothing, Named::Session)
            }
            Err(TokenError::UnknownKey) => {
                self.keys.report_unknown_key();
                Named::Unknown
            }
            Err(_) => Named::Nothing,
        }
    }

    /// A valid access token may have no stored session: it is revoked all the same.
    async fn revoke_if_left(&self, session: SessionId) -> Result<(), AppError> {
        if !self.revocations.refuses_session(session) {
            self.terminations.refuse_session(session).await?;
        }
        Ok(())
    }
}
