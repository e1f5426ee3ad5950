//! The stored documents of the auth module: unconfirmed registrations, mailed tickets, sessions, revocations.

mod api_keys;
mod invitations;
mod oauth;

use std::fmt;

use palisade_core::identity::{ApiKeyId, SessionId, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::crypto::refresh::RefreshSeed;
use palisade_core::utils::crypto::ticket::TicketHash;
use palisade_core::utils::languages::LanguageTag;
use palisade_core::values::Id;
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _, DocumentId};
use serde::{Deserialize, Serialize};

pub(crate) use self::api_keys::ApiKeyDocument;
pub(crate) use self::invitations::{Invitation, InvitedAddress, InvitedAddressKey, InvitedBy};
pub(crate) use self::oauth::{AttemptKey, PendingIdentity, PendingIdentityId, UsedAttempt};
use crate::user::types::{Email, Name};

palisade_core::id! {
    /// An unconfirmed registration.
    pub(crate) RegistrationId = "reg";
    /// A browser that has signed in before.
    pub(crate) DeviceId = "dev";
    /// A revocation.
    pub(crate) RevocationId = "rev";
}

/// Somebody requested an account with this address. It is not an account: nobody can sign in with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registration {
    pub(crate) email: Email,
    /// Becomes the password only if the browser that registered confirms the address.
    pub(crate) password: PasswordHash,
    pub(crate) name: Option<Name>,
    /// The language that the browser asked for, if it is available. A registration of an older release has none.
    #[serde(default)]
    pub(crate) language: Option<LanguageTag>,
    pub(crate) expires_at: Timestamp,
}

collection! {
    Registration in "registrations" {
        id: RegistrationId,
        version: 1,
        kind: ephemeral("a registration that nobody confirms leaves nothing behind", |registration| registration.expires_at),
        pub(crate) index BY_EMAIL: (email: Email) newest_first;
    }
}

/// The key of a ticket: the hash of the mailed token. The token itself is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TicketKey(pub(crate) TicketHash);

impl fmt::Display for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl DocumentId for TicketKey {
    fn parse(text: &str) -> Option<Self> {
        TicketHash::parse(text).map(Self)
    }
}

/// A one-time link and its purpose. Using it removes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ticket {
    pub(crate) purpose: TicketFor,
    pub(crate) expires_at: Timestamp,
}

/// The purpose of a ticket, and the data it is bound to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub(crate) enum TicketFor {
    /// Confirms the address of a registration.
    Verification { registration: RegistrationId, email: Email },
    /// Creates a super-admin: the first one, or the one that the operator named.
    Setup { email: Option<Email> },
    /// Confirms the address of an identity that somebody brought from a provider. It proves the mailbox and nothing else: which
    /// identity is meant says the browser that brought it, so every link to an address serves every identity with it.
    Identity { email: Email },
    /// Gives an app on the device the session of a sign-in that a browser made for it. `challenge` is the S256 challenge of
    /// the app (RFC 7636).
    AppSignIn { user: UserId, epoch: i64, challenge: String },
}

collection! {
    Ticket in "tickets" {
        id: TicketKey,
        version: 1,
        kind: ephemeral("a used or expired link has no purpose any more", |ticket| ticket.expires_at),
    }
}

/// The purpose of a link that belongs to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountLink {
    /// Chooses another password.
    PasswordReset,
    /// Confirms another address: mailed to that address.
    EmailChange,
    /// Ends every session: mailed to the owner of an address that somebody wants to change.
    SecureAccount,
}

impl AccountLink {
    pub(super) const ALL: [Self; 3] = [Self::PasswordReset, Self::EmailChange, Self::SecureAccount];

    /// The word in keys and in answers.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password-reset",
            Self::EmailChange => "email-change",
            Self::SecureAccount => "secure-account",
        }
    }
}

/// The key of the only live link of an account for a purpose; of a link that confirms another address, for that address
/// as well: what becomes of an earlier link must not depend on whether a later address has an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountTicketKey {
    pub(crate) purpose: AccountLink,
    pub(crate) user: UserId,
    address: Option<Email>,
}

impl AccountTicketKey {
    /// The key of the link of a user that is mailed to this address.
    pub(crate) fn new(purpose: AccountLink, user: UserId, mailed_to: &Email) -> Self {
        let address = (purpose == AccountLink::EmailChange).then(|| mailed_to.clone());
        Self { purpose, user, address }
    }
}

impl fmt::Display for AccountTicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.purpose.as_str(), self.user)?;
        self.address.as_ref().map_or(Ok(()), |address| write!(f, ":{}", address.as_str()))
    }
}

impl DocumentId for AccountTicketKey {
    fn parse(text: &str) -> Option<Self> {
        let (purpose, user) = text.split_once(':')?;
        let purpose = AccountLink::ALL.into_iter().find(|known| known.as_str() == purpose)?;
        let (user, address) = match user.split_once(':') {
            Some((user, address)) => (user, Some(Email::parse(address).ok()?)),
            None => (user, None),
        };
        Some(Self { purpose, user: Id::parse(user)?, address })
    }
}

/// The link of an account for a purpose: a newer one replaces it. It is invalid once the address changes or all sessions
/// end.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountTicket {
    /// The hash of the mailed token. The token itself is not stored.
    pub(crate) hash: String,
    /// The address that it was mailed to.
    pub(crate) email: Email,
    /// The account's epoch at that time.
    pub(crate) epoch: i64,
    pub(crate) expires_at: Timestamp,
}

collection! {
    AccountTicket in "account_tickets" {
        id: AccountTicketKey,
        version: 1,
        kind: ephemeral("a used, replaced or expired link has no purpose any more", |ticket| ticket.expires_at),
        pub(crate) index BY_HASH: (hash: String) newest_first;
    }
}

/// A recently used link, so that a repeated request gets the same answer once more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Redemption {
    /// The user that it created, or whose address it changed.
    pub(crate) user: UserId,
    /// The registration that it confirmed, which the registering browser has a note of.
    pub(crate) registration: Option<RegistrationId>,
    /// The user's epoch at that time: ending the sessions ends this record too.
    pub(crate) epoch: i64,
    pub(crate) expires_at: Timestamp,
}

collection! {
    Redemption in "redemptions" {
        id: TicketKey,
        version: 1,
        kind: ephemeral("a client repeats a request soon or not at all", |redemption| redemption.expires_at),
    }
}

/// How a user proved who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Proof {
    /// With the password.
    #[default]
    Password,
    /// Through a provider.
    Provider,
}

impl Proof {
    /// The authentication methods in tokens (RFC 8176): there is none for another server's word.
    pub(super) fn methods(self) -> Vec<String> {
        match self {
            Self::Password => vec!["pwd".to_owned()],
            Self::Provider => Vec::new(),
        }
    }
}

/// A signed-in device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    pub(crate) user: UserId,
    /// The user's epoch when the session started; the session is live while they are equal.
    pub(crate) epoch: i64,
    /// Half of the key of the refresh tokens; the other half is not in the store.
    pub(crate) seed: RefreshSeed,
    /// How the user proved who they are. A session of an older release began with a password.
    #[serde(default)]
    pub(crate) proof: Proof,
    /// The one live generation of the refresh token.
    pub(crate) generation: i64,
    /// The generation before it.
    pub(crate) previous: i64,
    /// When the live generation was created, by the store's clock.
    pub(crate) rotated_at: Timestamp,
    /// Whether a late use of the previous generation was forgiven once.
    pub(crate) pardoned: bool,
    /// Whether the live generation was made for the session's own device, and not for another sender of the
    /// previous one.
    #[serde(default = "its_own")]
    pub(crate) made_for_its_own: bool,
    pub(crate) device: DeviceId,
    pub(crate) user_agent: Option<String>,
    pub(crate) ip: String,
    /// When the user last signed in with credentials.
    pub(crate) authenticated_at: Timestamp,
    /// The absolute end.
    pub(crate) ends_at: Timestamp,
    /// The end if the session stays unused, never after the absolute end.
    pub(crate) expires_at: Timestamp,
    /// The impersonation that its user has begun here and not ended. A session of an older release has none.
    #[serde(default)]
    pub(crate) impersonation: Option<Impersonation>,
}

/// An administrator acts as another user. It is part of the administrator's session, which is not refreshed until it ends: so
/// nobody who acts as somebody else becomes the administrator again without asking for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Impersonation {
    /// The `sid` of its access token, which a revocation names. No session has it.
    pub(crate) id: SessionId,
    /// The user whom the administrator acts as.
    pub(crate) user: UserId,
}

/// For sessions from before this field existed: nothing is held against them.
const fn its_own() -> bool {
    true
}

collection! {
    Session in "sessions" {
        id: SessionId,
        version: 1,
        kind: ephemeral("a session expires by itself, and an ended one proves nothing", |session| session.expires_at),
        pub(crate) index BY_USER: (user: UserId) oldest_first;
        pub(crate) index LIVE: (user: UserId, epoch: i64) newest_first;
    }
}

/// A device that returned to sign in. A device with one sign-in is known by its cookie alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Device {
    /// How often it returned. Names its count of failures: a counter, not a date, so no clock starts a new one.
    pub(crate) sign_ins: i64,
    /// The end of its newest cookie.
    pub(crate) expires_at: Timestamp,
}

collection! {
    Device in "devices" {
        id: DeviceId,
        version: 1,
        kind: ephemeral("a device is unknown again after its last cookie expired", |device| device.expires_at),
    }
}

/// A revocation: every instance refuses these tokens from now on, although their signature is valid.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Revocation {
    pub(crate) revoked: Revoked,
    /// The longest lifetime of a token that this revokes, plus a margin.
    pub(crate) expires_at: Timestamp,
}

/// The revoked tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub(crate) enum Revoked {
    /// Tokens of this user with a lower version.
    User { user: UserId, minimum_version: i64 },
    /// Tokens of this session.
    Session { session: SessionId },
    /// Tokens signed with this key.
    Key { kid: String },
    /// This API key.
    ApiKey { key: ApiKeyId },
}

collection! {
    Revocation in "revocations" {
        id: RevocationId,
        version: 1,
        kind: ephemeral("once every token it revokes has expired, nothing is left to refuse", |revocation| revocation.expires_at),
        pub(crate) index FEED: oldest_first;
    }
}

/// The collections of this module.
pub(crate) const COLLECTIONS: [&CollectionDef; 12] = [
    Registration::DEF,
    Invitation::DEF,
    InvitedAddress::DEF,
    Ticket::DEF,
    AccountTicket::DEF,
    Redemption::DEF,
    Session::DEF,
    Device::DEF,
    Revocation::DEF,
    UsedAttempt::DEF,
    PendingIdentity::DEF,
    ApiKeyDocument::DEF,
];
