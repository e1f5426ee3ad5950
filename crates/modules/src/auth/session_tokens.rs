//! The tokens of a session: creates and recognizes them.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::{CookieKind, SetCookie};
use palisade_core::errors::AppError;
use palisade_core::identity::SessionId;
use palisade_core::ports::{Clock, Rng};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::refresh::{PresentedRefresh, RefreshTokens};
use palisade_core::utils::crypto::token::{ActorClaim, Claims, Realm, TokenSubject};
use palisade_core::values::{Id, uuid_v7};
use palisade_lib::store::Stored;

use super::repository::Repository;
use super::schema::Session;
use super::types::{RefreshCookies, SessionView};
use crate::user::User;
use crate::{clocks, keys};

/// A signed-in user: the view to answer with, and the cookies.
#[derive(Debug)]
pub struct SignedIn {
    /// The view to answer with.
    pub view: SessionView,
    /// The cookies to set.
    pub cookies: Vec<SetCookie>,
}

impl SignedIn {
    pub(super) fn with_cookie(mut self, cookie: SetCookie) -> Self {
        self.cookies.push(cookie);
        self
    }
}

/// Creates the cookies of sessions.
#[derive(Debug)]
pub(super) struct SessionTokens {
    repository: Arc<Repository>,
    access: keys::Tokens,
    refresh: RefreshTokens,
    realm: Realm,
    access_ttl: Duration,
    impersonation_ttl: Duration,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl SessionTokens {
    pub(super) fn new(
        keys: &keys::Service,
        repository: Arc<Repository>,
        realm: Realm,
        (access_ttl, impersonation_ttl): (Duration, Duration),
        (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>),
    ) -> Self {
        let (access, refresh) = (keys.tokens(), RefreshTokens::new(&keys.keyring()));
        Self { repository, access, refresh, realm, access_ttl, impersonation_ttl, clock, rng }
    }

    /// The view and the two token cookies of a session in its current state.
    pub(super) fn signed_in(
        &self,
        user: &User,
        id: SessionId,
        session: &Session,
    ) -> Result<SignedIn, AppError> {
        let ttl = self.access_ttl.min(session.ends_at.since(self.clock.now()));
        let (access, expires_at) = self.access_cookie(user, (id, session), None, ttl)?;
        let refresh = self.refresh_cookie(id, session);
        Ok(SignedIn { view: SessionView { user: user.view(), expires_at }, cookies: vec![access, refresh] })
    }

    /// The view of a user and an access token with which an administrator acts as that user, and nothing to refresh it with.
    /// It never outlives the administrator's session, to which they return.
    pub(super) fn impersonating(
        &self,
        (user, id): (&User, SessionId),
        actor: &User,
        (actor_session, session): (SessionId, &Session),
    ) -> Result<SignedIn, AppError> {
        let act = ActorClaim {
            sub: actor.id().to_string(),
            sid: actor_session.to_string(),
            session_version: u64::try_from(actor.session_version()).unwrap_or(0),
        };
        let ttl = self.impersonation_ttl.min(session.expires_at.since(self.clock.now()));
        let (access, expires_at) = self.access_cookie(user, (id, session), Some(act), ttl)?;
        Ok(SignedIn { view: SessionView { user: user.view(), expires_at }, cookies: vec![access] })
    }

    /// The cookie with an access token for a user, and its expiry.
    fn access_cookie(
        &self,
        user: &User,
        (id, session): (SessionId, &Session),
        actor: Option<ActorClaim>,
        ttl: Duration,
    ) -> Result<(SetCookie, Timestamp), AppError> {
        let subject = TokenSubject {
            user_id: user.id().to_string(),
            role: user.role().to_string(),
            permissions: user.effective_permissions().iter().map(str::to_owned).collect(),
            session_version: u64::try_from(user.session_version()).unwrap_or(0),
            session_id: id.to_string(),
            token_id: uuid_v7(self.clock.as_ref(), self.rng.as_ref()).simple().to_string(),
            authenticated_at: session.authenticated_at,
            methods: session.proof.methods(),
            actor,
        };
        clocks::check(self.repository.clock_reading())?;
        let now = self.clock.now();
        let claims = Claims::new(&self.realm, subject, now, ttl);
        let max_age = claims.expires_at().since(self.repository.now());
        let cookie = self.access.cookie(&claims, max_age).map_err(AppError::internal)?;
        Ok((cookie, claims.expires_at()))
    }

    fn refresh_cookie(&self, id: SessionId, session: &Session) -> SetCookie {
        let generation = u64::try_from(session.generation).unwrap_or(0);
        let max_age = session.expires_at.since(self.repository.now());
        SetCookie::refresh(&self.refresh, &session.seed, &id.to_string(), generation, max_age)
    }

    /// The session of a refresh token and the generation that it names, of any age, if its MAC is valid.
    pub(super) async fn session_of(&self, token: &str) -> Result<Option<(Stored<Session>, i64)>, AppError> {
        let Some(presented) = PresentedRefresh::parse(token) else { return Ok(None) };
        let Some(id) = SessionId::parse(presented.session_id()) else { return Ok(None) };
        let Some(session) = self.repository.session(id).await? else { return Ok(None) };
        if !self.refresh.verify(&session.value().seed, &presented) {
            return Ok(None);
        }
        Ok(i64::try_from(presented.generation()).ok().map(|generation| (session, generation)))
    }

    /// The sessions that these refresh tokens prove, each once.
    pub(super) async fn sessions_of(
        &self,
        refresh: Option<&RefreshCookies>,
    ) -> Result<Vec<Stored<Session>>, AppError> {
        let mut found: Vec<Stored<Session>> = Vec::new();
        for token in refresh.map_or(&[][..], |cookies| cookies.presented().texts()) {
            if let Some((session, _)) = self.session_of(token).await?
                && found.iter().all(|known| known.id() != session.id())
            {
                found.push(session);
            }
        }
        Ok(found)
    }
}

/// The cookies that remove the session from a browser.
pub(super) fn cleared() -> Vec<SetCookie> {
    vec![SetCookie::clear(CookieKind::Access), SetCookie::clear(CookieKind::Refresh)]
}
