//! The authenticator: from an access token to who is asking, out of memory alone.

use std::borrow::Cow;
use std::sync::Arc;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Principal, SessionId, UserId};
use palisade_core::ports::{Authenticator, KnownDevice, Pending, TokenRefused};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::token::{TokenCache, TokenError};
use palisade_core::values::Id;

use super::Service;
use super::revocations::{Revocations, Subject};
use crate::user::Person;
use crate::user::types::{Email, Role};

/// How many verified tokens are remembered: about 2 KB each.
const REMEMBERED: usize = 10_000;

/// Implements the port of core.
#[derive(Debug)]
pub(crate) struct TokenAuthenticator {
    service: Service,
    revocations: Arc<Revocations>,
    cache: TokenCache,
}

impl TokenAuthenticator {
    pub(crate) fn new(service: Service) -> Self {
        let revocations = service.revocations();
        Self { service, revocations, cache: TokenCache::new(REMEMBERED) }
    }
}

const MALFORMED: TokenRefused = TokenRefused(Cow::Borrowed("its ids are not ours"));

impl Authenticator for TokenAuthenticator {
    fn catch_up(&self) -> Option<Pending<'_, Result<(), AppError>>> {
        self.revocations.is_stale().then(|| -> Pending<'_, _> { Box::pin(self.revocations.catch_up()) })
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, TokenRefused> {
        let keys = self.service.verification_keys();
        let verified = self.cache.verify(token, &keys, now).map_err(|error| {
            if error == TokenError::UnknownKey {
                // Another instance may have begun to sign with a key that was published since the last look.
                self.service.report_unknown_key();
            }
            TokenRefused(error.to_string().into())
        })?;
        let claims = &verified.claims;
        // A token that was made under a longer life than today's counts no longer than those of today.
        let longest = self.service.access_ttl();
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
            return Err(TokenRefused(Cow::Borrowed("it was revoked")));
        }
        Ok(Principal {
            user_id,
            session_id,
            role: claims.role.as_str().into(),
            permissions: claims.permissions.iter().map(String::as_str).collect(),
            session_version,
            authenticated_at: claims.authenticated_at(),
            expires_at: claims.ends_at(longest),
            confirm: Role::from_word(&claims.role) == Some(Role::SuperAdmin),
        })
    }

    fn confirm(&self, principal: Principal) -> Pending<'_, Result<Principal, AppError>> {
        Box::pin(async move {
            let person = self.service.person(principal.user_id).await?;
            let outdated = || AppError::new(&codes::AUTH_401);
            let holds = |person: &Person| {
                !person.is_suspended() && person.session_version() <= principal.session_version
            };
            let person = person.filter(holds).ok_or_else(outdated)?;
            let role = person.role().to_string().into();
            Ok(Principal { role, permissions: person.effective_permissions(), ..principal })
        })
    }

    fn known_device<'a>(
        &'a self,
        cookie: &'a str,
        account: &'a str,
        now: Timestamp,
    ) -> Pending<'a, Result<Option<KnownDevice>, AppError>> {
        Box::pin(async move {
            let Ok(email) = Email::parse(account) else { return Ok(None) };
            self.service.known_device(cookie, &email, now).await
        })
    }
}
