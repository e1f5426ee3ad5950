//! The stored documents of invitations: what was offered to an address, and that an address is invited.

use std::fmt;

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_lib::collection;
use palisade_lib::store::DocumentId;
use serde::{Deserialize, Serialize};

use crate::auth::types::invitations::InvitationId;
use crate::user::types::{Email, Name, Role};

/// Somebody with the permission offered an account to this address. It is not an account: nobody can sign in with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invitation {
    pub(crate) email: Email,
    /// The name of the account, unless the invited person gives one.
    pub(crate) name: Option<Name>,
    pub(crate) role: Role,
    pub(crate) invited_by: InvitedBy,
    /// The hash of the newest mailed token. The token itself is not stored. Before the first mail it is the hash of a
    /// token that nobody has.
    pub(crate) hash: String,
    pub(crate) expires_at: Timestamp,
}

/// Who offers the account, and must still be allowed to when somebody accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub(crate) enum InvitedBy {
    /// This user.
    User { user: UserId },
    /// The operator, by command line.
    Operator,
}

collection! {
    Invitation in "invitations" {
        id: InvitationId,
        version: 1,
        kind: ephemeral("an invitation that nobody accepts leaves nothing behind", |invitation| invitation.expires_at),
        pub(crate) index NEWEST: newest_first;
        pub(crate) index BY_HASH: (hash: String) newest_first;
    }
}

/// The key of the claim that an address is invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvitedAddressKey(Email);

impl InvitedAddressKey {
    pub(crate) fn of(email: &Email) -> Self {
        Self(email.clone())
    }
}

impl fmt::Display for InvitedAddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl DocumentId for InvitedAddressKey {
    fn parse(text: &str) -> Option<Self> {
        Email::parse(text).ok().filter(|email| email.as_str() == text).map(Self)
    }
}

/// The claim that an address is invited: there is one invitation of an address at a time. It ends with the invitation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitedAddress {
    pub(crate) invitation: InvitationId,
    pub(crate) expires_at: Timestamp,
}

collection! {
    InvitedAddress in "invited_addresses" {
        id: InvitedAddressKey,
        version: 1,
        kind: ephemeral("it ends with its invitation", |claim| claim.expires_at),
    }
}
