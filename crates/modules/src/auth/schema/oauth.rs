//! The stored documents of signing in through a provider: used attempts, and identities that wait for a confirmed address.

use std::fmt;

use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::random::{decode_base64url_array, encode_base64url, sha256};
use palisade_core::utils::languages::LanguageTag;
use palisade_lib::collection;
use palisade_lib::store::DocumentId;
use serde::{Deserialize, Serialize};

use crate::user::ProviderSubject;
use crate::user::types::{Email, Name};

palisade_core::id! {
    /// An identity that waits for a confirmed address.
    pub(crate) PendingIdentityId = "pid";
}

/// The key of a used attempt: the hash of its `state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttemptKey([u8; 32]);

impl AttemptKey {
    /// The key of the attempt with this `state`.
    pub(crate) fn of(state: &str) -> Self {
        Self(sha256(&[b"oauth-attempt\0", state.as_bytes()]))
    }
}

impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode_base64url(self.0))
    }
}

impl DocumentId for AttemptKey {
    fn parse(text: &str) -> Option<Self> {
        decode_base64url_array(text).map(Self)
    }
}

/// The claim that an attempt was used: its `state` works once (RFC 9700, 4.7.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsedAttempt {
    /// When its cookie has expired.
    pub(crate) expires_at: Timestamp,
}

collection! {
    UsedAttempt in "oauth_attempts" {
        id: AttemptKey,
        version: 1,
        kind: ephemeral("the cookie of an expired attempt is refused by itself", |attempt| attempt.expires_at),
    }
}

/// Somebody signed in at a provider, which does not vouch for this address. It is not an account and belongs to none: the
/// browser that brought it has a note of it, and the owner of the address has a mailed link.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendingIdentity {
    /// The name of the provider in the settings.
    pub(crate) provider: String,
    pub(crate) subject: ProviderSubject,
    pub(crate) email: Email,
    /// The name of the account, if one is created.
    pub(crate) name: Option<Name>,
    pub(crate) language: Option<LanguageTag>,
    pub(crate) expires_at: Timestamp,
}

collection! {
    PendingIdentity in "pending_identities" {
        id: PendingIdentityId,
        version: 1,
        kind: ephemeral("an identity that nobody confirms leaves nothing behind", |pending| pending.expires_at),
    }
}
