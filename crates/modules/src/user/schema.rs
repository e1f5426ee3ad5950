//! The stored documents of the user module: the user, the claims that identify a user, and the guards of decisions.

use std::fmt;

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::crypto::random::{encode_base64url, sha256};
use palisade_core::utils::languages::LanguageTag;
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _, DocumentId};
use serde::{Deserialize, Serialize};

use super::types::{Email, IdentityId, Name, PermissionList, Role, Status};

/// A user. The address is confirmed: no account exists without a confirmed address.
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
    /// Access tokens with a lower version are refused; refreshing helps.
    pub(crate) session_version: i64,
    /// A session is live while its epoch equals this one.
    pub(crate) session_epoch: i64,
    /// `None` for users who sign in only through other services.
    pub(crate) password: Option<PasswordHash>,
    pub(crate) proven_by: ProvenBy,
    /// The language of mails to the user. `None` if it is not known, as for users of an older release.
    #[serde(default)]
    pub(crate) language: Option<LanguageTag>,
}

/// How the account was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProvenBy {
    /// A link that was mailed to the address.
    Mailbox,
    /// The operator: by command line, environment or setup link.
    Operator,
    /// A provider that says so of the address, when the user signed in through it for the first time.
    Provider,
}

collection! {
    UserDocument in "users" {
        id: UserId,
        version: 1,
        kind: soft(purge: by("the purge of users, with everything that belongs to them")),
        pub(crate) index NEWEST: newest_first;
        pub(crate) index BY_ROLE: (role: Role) newest_first;
        pub(crate) index BY_STATUS: (status: Status) newest_first;
        pub(crate) index BY_ROLE_AND_STATUS: (role: Role, status: Status) newest_first;
        pub(crate) index BY_EMAIL: ascending email: Email;
    }
}

/// The key of a claim: `email:ada@example.org`, or `oauth:` and a hash. As a primary key it is unique in every engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdentityKey(String);

impl IdentityKey {
    /// The claim of an email address.
    pub(crate) fn email(email: &Email) -> Self {
        Self(format!("email:{}", email.as_str()))
    }

    /// The claim of an account at a provider: its issuer and subject (OpenID Connect Core 1.0, 5.7), hashed because their
    /// texts may be long and contain any character. An issuer is a URL and contains no NUL.
    pub(super) fn of_provider(subject: &ProviderSubject) -> Self {
        let hash = sha256(&[subject.issuer.as_bytes(), b"\0", subject.subject.as_bytes()]);
        Self(format!("oauth:{}", encode_base64url(hash)))
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

/// A claim that identifies a user: its holder is the user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    pub(crate) user: UserId,
    /// The account at a provider; `None` for an address.
    #[serde(default)]
    pub(crate) provider: Option<ProviderAccount>,
}

impl Identity {
    /// The claim of an address.
    pub(super) const fn of_address(user: UserId) -> Self {
        Self { user, provider: None }
    }
}

/// What identifies an account at a provider for ever, whatever its address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderSubject {
    pub(crate) issuer: String,
    pub(crate) subject: String,
}

/// An account at a provider through which a user signs in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderAccount {
    pub(crate) id: IdentityId,
    /// The name of the provider in the settings.
    pub(crate) provider: String,
    pub(crate) subject: ProviderSubject,
    /// The address that the provider told when it was linked. For display only.
    pub(crate) address: Option<String>,
    pub(crate) linked_at: Timestamp,
}

collection! {
    Identity in "identities" {
        id: IdentityKey,
        version: 1,
        kind: ephemeral("a released claim must free its key, which a soft-deleted one would block", |_identity| Timestamp::FAR_FUTURE),
        pub(crate) index BY_USER: (user: UserId) oldest_first;
    }
}

/// The key of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GuardKey {
    /// Of all decisions about super-admins.
    SuperAdmins,
    /// Of the administrator that the environment names: exists once one was created or invited for it. It stays,
    /// whatever happens to the account.
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

/// A document that every write also writes which depends on the number of something, so that two such decisions
/// cannot pass each other: the super-admins, or the administrators that the environment named.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SuperAdmins {
    pub(crate) count: i64,
}

collection! {
    SuperAdmins in "guards" {
        id: GuardKey,
        version: 1,
        kind: soft(purge: by("nobody: it guards decisions, and is never deleted")),
    }
}

/// The collections of this module.
pub(crate) const COLLECTIONS: [&CollectionDef; 3] = [UserDocument::DEF, Identity::DEF, SuperAdmins::DEF];
