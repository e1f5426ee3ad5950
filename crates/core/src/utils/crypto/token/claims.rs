//! The claims of an access token, and the rules that they obey whoever signed them.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::TokenError;
use crate::system::time::Timestamp;

/// The maximum difference between two of our clocks, in seconds. Ours are synchronized; RFC 8725 warns of "a few
/// minutes".
const LEEWAY_SECS: i64 = 5;

/// The issuer and the audience of the tokens. Both are compared exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realm {
    pub(super) issuer: Arc<str>,
    pub(super) audience: Arc<str>,
}

impl Realm {
    /// A realm by its issuer and its audience (RFC 7519 sections 4.1.1 and 4.1.3).
    pub fn new(issuer: &str, audience: &str) -> Self {
        Self { issuer: issuer.into(), audience: audience.into() }
    }
}

/// Who acts with the token of another user: the claim `act` of RFC 8693, section 4.1. With what a revocation names, so that
/// the token ends with the rights of its actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActorClaim {
    /// The user who acts.
    pub sub: String,
    /// The session of that user.
    pub sid: String,
    /// The session version of that user when the token was issued.
    pub session_version: u64,
}

/// The subject of a token, as the issuing service sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSubject {
    /// The user.
    pub user_id: String,
    /// The user's role.
    pub role: String,
    /// The user's permissions, including those of the role.
    pub permissions: Vec<String>,
    /// The user's session version at this moment.
    pub session_version: u64,
    /// The session the token belongs to.
    pub session_id: String,
    /// A unique name of this token.
    pub token_id: String,
    /// When the user last authenticated.
    pub authenticated_at: Timestamp,
    /// The methods (RFC 8176), such as `pwd`.
    pub methods: Vec<String>,
    /// Who acts, if that is another user.
    pub actor: Option<ActorClaim>,
}

/// The claims of an access token (RFC 9068). Times are whole seconds since 1970.
///
/// Unknown claims are ignored, as RFC 7519 requires, so that a version that adds one can run beside one that does
/// not. Duplicate, missing and mistyped claims are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    /// The user.
    pub user_id: String,
    /// The user's role.
    pub role: String,
    /// The user's permissions, including those of the role.
    pub permissions: Vec<String>,
    /// The user's session version when the token was issued.
    pub session_version: u64,
    iss: String,
    aud: String,
    sub: String,
    /// The session the token belongs to.
    pub sid: String,
    /// A unique name of this token.
    pub jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    #[serde(rename = "auth_time")]
    auth_time: i64,
    /// How the user authenticated (RFC 8176).
    pub amr: Vec<String>,
    /// Who acts, if that is another user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<ActorClaim>,
}

impl Claims {
    /// Claims for a token issued now that lives for `ttl`, in whole seconds, at least one.
    pub fn new(realm: &Realm, subject: TokenSubject, now: Timestamp, ttl: Duration) -> Self {
        let iat = now.as_secs();
        let ttl = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX).max(1);
        Self {
            sub: subject.user_id.clone(),
            user_id: subject.user_id,
            role: subject.role,
            permissions: subject.permissions,
            session_version: subject.session_version,
            iss: realm.issuer.to_string(),
            aud: realm.audience.to_string(),
            sid: subject.session_id,
            jti: subject.token_id,
            iat,
            nbf: iat,
            exp: iat.saturating_add(ttl).min(Timestamp::FAR_FUTURE.as_secs()),
            auth_time: subject.authenticated_at.as_secs(),
            amr: subject.methods,
            act: subject.actor,
        }
    }

    /// When the token was issued.
    pub fn issued_at(&self) -> Timestamp {
        Timestamp::from_secs(self.iat)
    }

    /// When the token ends.
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_secs(self.exp)
    }

    /// When the token ends if tokens may live for `longest`: a token that was issued with a longer life, earlier or
    /// by another instance, ends like a token with the current life.
    pub fn ends_at(&self, longest: Duration) -> Timestamp {
        self.expires_at().min(self.issued_at().plus(longest))
    }

    /// When the user last authenticated.
    pub fn authenticated_at(&self) -> Timestamp {
        Timestamp::from_secs(self.auth_time)
    }

    /// Whether the token is valid at this moment, with five seconds of leeway. Checked each time a token is
    /// presented.
    ///
    /// # Errors
    /// [`TokenError::Expired`] and [`TokenError::NotYetValid`].
    pub fn check_time(&self, now: Timestamp) -> Result<(), TokenError> {
        self.check_end(self.expires_at(), now)
    }

    /// The same if tokens may live for `longest`.
    ///
    /// # Errors
    /// Like [`check_time`](Self::check_time).
    pub fn check_age(&self, now: Timestamp, longest: Duration) -> Result<(), TokenError> {
        self.check_end(self.ends_at(longest), now)
    }

    fn check_end(&self, end: Timestamp, now: Timestamp) -> Result<(), TokenError> {
        let now = now.as_secs();
        if now >= end.as_secs().saturating_add(LEEWAY_SECS) {
            return Err(TokenError::Expired);
        }
        if self.nbf.max(self.iat) > now.saturating_add(LEEWAY_SECS) {
            return Err(TokenError::NotYetValid);
        }
        Ok(())
    }

    /// Whether issuer and audience are exactly ours.
    pub(super) fn check_realm(&self, realm: &Realm) -> Result<(), TokenError> {
        if *self.iss != *realm.issuer {
            return Err(TokenError::Issuer);
        }
        if *self.aud != *realm.audience {
            return Err(TokenError::Audience);
        }
        Ok(())
    }

    /// The rules that the types do not express.
    pub(super) fn check_shape(&self) -> Result<(), TokenError> {
        let times = [self.iat, self.nbf, self.exp, self.auth_time];
        let named =
            [&self.user_id, &self.role, &self.sid, &self.jti].into_iter().all(|text| !text.is_empty());
        let dated = times.into_iter().all(|time| (0..=Timestamp::FAR_FUTURE.as_secs()).contains(&time));
        let acted = self.act.as_ref().is_none_or(|act| {
            !act.sub.is_empty() && !act.sid.is_empty() && act.sub != self.sub && act.sid != self.sid
        });
        if named && dated && acted && self.sub == self.user_id && self.exp > self.iat {
            Ok(())
        } else {
            Err(TokenError::Claims)
        }
    }
}
