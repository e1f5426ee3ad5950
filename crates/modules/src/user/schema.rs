//! What is stored of users: the user, the claims by which they are found, and the guards that decisions rest on.

use std::fmt;

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _, DocumentId};
use serde::{Deserialize, Serialize};

use super::types::{Email, Name, PermissionList, Role, Status};

/// A user. The address is proven: an account without a proven mailbox cannot exist.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserDocument {
    /// The canonical address.
    pub(crate) email: Email,
    pub(crate) name: Option<Name>,
    pub(crate) role: Role,
    /// The permissions of the user beyond those of the role.
    pub(crate) permissions: PermissionList,
    pub(crate) status: Status,
    /// Access tokens with a lower one are refused; refreshing helps.
    pub(crate) session_version: i64,
    /// A session lives while its epoch equals this one.
    pub(crate) session_epoch: i64,
    /// `None` for users who only sign in elsewhere.
    pub(crate) password: Option<PasswordHash>,
    pub(crate) proven_by: ProvenBy,
}

/// How the account came to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProvenBy {
    /// A link that was mailed to the address.
    Mailbox,
    /// The operator's own hand: command line, environment or setup link.
    Operator,
}

collection! {
    UserDocument in "users" {
        id: UserId,
        version: 1,
        kind: soft,
        pub(crate) index NEWEST: newest_first;
        pub(crate) index BY_ROLE: (role: Role) newest_first;
        pub(crate) index BY_STATUS: (status: Status) newest_first;
        pub(crate) index BY_ROLE_AND_STATUS: (role: Role, status: Status) newest_first;
        pub(crate) index BY_EMAIL: ascending email: Email;
    }
}

/// The name of a claim: `email:ada@example.org`. That it is a primary key makes it unique in every engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdentityKey(String);

impl IdentityKey {
    /// The claim of a mailbox.
    pub(crate) fn email(email: &Email) -> Self {
        Self(format!("email:{}", email.as_str()))
    }
}

impl fmt::Display for IdentityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl DocumentId for IdentityKey {
    fn parse(text: &str) -> Option<Self> {
        text.contains(':').then(|| Self(text.to_owned()))
    }
}

/// A way to be found: whoever holds the claim is the user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    pub(crate) user: UserId,
}

collection! {
    Identity in "identities" {
        id: IdentityKey,
        version: 1,
        kind: ephemeral("a claim that is given up must free its key, which a soft-deleted one would block", |_identity| Timestamp::FAR_FUTURE),
        pub(crate) index BY_USER: (user: UserId) oldest_first;
    }
}

/// The name of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GuardKey {
    /// Whatever decides about super-admins.
    SuperAdmins,
    /// The administrator that the environment names: there once somebody was made or invited for it. It stays, whatever
    /// becomes of them.
    NamedByEnvironment,
}

impl GuardKey {
    const ALL: [Self; 2] = [Self::SuperAdmins, Self::NamedByEnvironment];

    const fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmins => "super-admins",
            Self::NamedByEnvironment => "named-by-environment",
        }
    }
}

impl fmt::Display for GuardKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl DocumentId for GuardKey {
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == text)
    }
}

/// A document that every write which rests on "how many are there" also writes, so that two such decisions cannot pass
/// each other: super-admins, or those that were named by the environment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SuperAdmins {
    pub(crate) count: i64,
}

collection! {
    SuperAdmins in "guards" {
        id: GuardKey,
        version: 1,
        kind: soft,
    }
}

/// The collection of this module.
pub(crate) const COLLECTIONS: [&CollectionDef; 3] = [UserDocument::DEF, Identity::DEF, SuperAdmins::DEF];
