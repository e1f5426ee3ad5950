//! The stored API keys.

use palisade_core::identity::{ApiKeyHash, ApiKeyId, UserId};
use palisade_core::system::time::Timestamp;
use palisade_lib::collection;
use serde::{Deserialize, Serialize};

use crate::auth::types::api_keys::{KeyName, KeyPermissions};

/// A key with which programs act for a user. Nothing of its secret can be read from this.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKeyDocument {
    /// The owner: the user who created it.
    pub(crate) user: UserId,
    pub(crate) name: KeyName,
    /// What the key permits, as far as the owner still has it.
    pub(crate) permissions: KeyPermissions,
    pub(crate) hash: ApiKeyHash,
    /// About when it was used last; `None` before the first time.
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) expires_at: Timestamp,
}

collection! {
    ApiKeyDocument in "api_keys" {
        id: ApiKeyId,
        version: 1,
        kind: ephemeral("an expired or revoked key opens nothing, and the audit remembers it", |key| key.expires_at),
        pub(crate) index NEWEST: newest_first;
        pub(crate) index BY_USER: (user: UserId) newest_first;
    }
}
