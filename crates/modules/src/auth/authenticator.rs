//! The authenticator: identifies the caller of a request from an access token, from memory alone.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{ApiKey, Credential, Impersonator, Principal, SessionId, UserId};
use palisade_core::limits::Trial;
use palisade_core::ports::{Authenticator, BoxFuture, KnownDevice, TokenRefused};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::Priority;
use palisade_core::utils::crypto::secret::SecretString;
use palisade_core::utils::crypto::token::{ActorClaim, TokenCache, TokenError, Verified};
use palisade_core::values::Id;

use super::api_key_memory::ApiKeyMemory;
use super::devices::Devices;
use super::passwords::Passwords;
use super::revocations::{Revocations, Subject};
use crate::user::types::{Email, Role};
use crate::{keys, user};

/// How many verified tokens are remembered: about 2 KB each.
const REMEMBERED: usize = 10_000;

/// Implements the port of core.
#[derive(Debug)]
pub(crate) struct TokenAuthenticator {
    keys: keys::Tokens,
    revocations: Arc<Revocations>,
    users: user::Service,
    devices: Arc<Devices>,
    passwords: Arc<Passwords>,
    /// The lifetime of access tokens on this instance.
    access_ttl: Duration,
    /// That of the tokens of administrators who act as other users.
    impersonation_ttl: Duration,
    cache: TokenCache,
    api_keys: ApiKeyMemory,
}

impl TokenAuthenticator {
    pub(super) fn new(
        keys: keys::Tokens,
        revocations: Arc<Revocations>,
        users: user::Service,
        (devices, passwords): (Arc<Devices>, Arc<Passwords>),
        (access_ttl, impersonation_ttl): (Duration, Duration),
        api_keys: ApiKeyMemory,
    ) -> Self {
        let cache = TokenCache::new(REMEMBERED);
        Self { keys, revocations, users, devices, passwords, access_ttl, impersonation_ttl, cache, api_keys }
    }

    /// Whoever acts with the token, unless they may not any more: what ends the tokens of their own session ends this one.
    fn impersonator(&self, verified: &Verified, act: &ActorClaim) -> Result<Impersonator, TokenRefused> {
        let user_id = UserId::parse(&act.sub).ok_or(MALFORMED)?;
        let session_id = SessionId::parse(&act.sid).ok_or(MALFORMED)?;
        let subject = Subject {
            user: user_id,
            version: i64::try_from(act.session_version).map_err(|_| MALFORMED)?,
            session: session_id,
            kid: verified.key_id.as_str(),
            issued_at: verified.claims.issued_at(),
        };
        if self.revocations.refuses(&subject) {
            return Err(TokenRefused(Cow::Borrowed("its actor is revoked")));
        }
        Ok(Impersonator { user_id, session_id })
    }
}

const MALFORMED: TokenRefused = TokenRefused(Cow::Borrowed("its ids are not of this deployment"));

impl Authenticator for TokenAuthenticator {
    fn catch_up(&self) -> Option<BoxFuture<'_, Result<(), AppError>>> {
        self.revocations.is_stale().then(|| -> BoxFuture<'_, _> { Box::pin(self.revocations.catch_up()) })
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, TokenRefused> {
        let verified = self.cache.verify(token, &self.keys.verification(), now).map_err(|error| {
            if error == TokenError::UnknownKey {
                // Another instance may already sign with a key that it published after the last read here.
                self.keys.report_unknown_key();
            }
            TokenRefused(error.to_string().into())
        })?;
        let claims = &verified.claims;
        let longest = if claims.act.is_some() { self.impersonation_ttl } else { self.access_ttl };
        // A token issued under a longer configured lifetime is valid no longer than a token issued today.
        claims.check_age(now, longest).map_err(|error| TokenRefused(error.to_string().into()))?;
        let user_id = UserId::parse(&claims.user_id).ok_or(MALFORMED)?;
        let session_id = SessionId::parse(&claims.sid).ok_or(MALFORMED)?;
        let session_version = i64::try_from(claims.session_version).map_err(|_| MALFORMED)?;
        let subject = Subject {
            user: user_id,
            version: session_version,
            session: session_id,
            kid: verified.key_id.as_str(),
            issued_at: claims.issued_at(),
        };
        if self.revocations.refuses(&subject) {
            return Err(TokenRefused(Cow::Borrowed("it is revoked")));
        }
        let impersonator = claims.act.as_ref().map(|act| self.impersonator(&verified, act)).transpose()?;
        Ok(Principal {
            user_id,
            credential: Credential::Session(session_id),
            role: claims.role.as_str().into(),
            permissions: claims.permissions.iter().map(String::as_str).collect(),
            session_version,
            authenticated_at: claims.authenticated_at(),
            expires_at: claims.ends_at(longest),
            confirm: Role::from_word(&claims.role) == Some(Role::SuperAdmin),
            impersonator,
        })
    }

    fn identify<'a>(&'a self, key: &'a ApiKey) -> BoxFuture<'a, Result<Principal, AppError>> {
        Box::pin(self.api_keys.identify(key))
    }

    fn confirm(&self, principal: Principal) -> BoxFuture<'_, Result<Principal, AppError>> {
        Box::pin(async move {
            let user = self.users.by_id(principal.user_id).await?;
            let user = user
                .filter(|user| !user.is_suspended() && user.session_version() <= principal.session_version);
            let user = user.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
            let role = user.role().to_string().into();
            Ok(Principal { role, permissions: user.effective_permissions(), ..principal })
        })
    }

    fn verify_password<'a>(
        &'a self,
        user: UserId,
        password: &'a SecretString,
    ) -> BoxFuture<'a, Result<bool, AppError>> {
        Box::pin(async move {
            let user = self.users.by_id(user).await?.filter(|user| !user.is_suspended());
            let stored = user.as_ref().and_then(|user| user.password());
            let (hasher, trial) = (self.passwords.hasher(), Trial::uncounted());
            let verdict = hasher.verify(password, stored, Priority::Unknown, &trial).await?;
            Ok(verdict.matches)
        })
    }

    fn known_device<'a>(
        &'a self,
        cookie: &'a str,
        account: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Option<KnownDevice>, AppError>> {
        Box::pin(async move {
            let Ok(email) = Email::parse(account) else { return Ok(None) };
            self.devices.known(cookie, &email, now).await
        })
    }
}
