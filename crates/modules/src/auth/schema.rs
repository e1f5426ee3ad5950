//! What is stored of signing in: registrations that wait for their proof, mailed tickets, sessions, revocations.

use std::fmt;

use palisade_core::identity::{SessionId, UserId};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::crypto::refresh::RefreshSeed;
use palisade_core::utils::crypto::ticket::TicketHash;
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _, DocumentId};
use serde::{Deserialize, Serialize};

use crate::user::types::{Email, Name};

palisade_core::id! {
    /// A registration that waits for its proof.
    pub(crate) RegistrationId = "reg";
    /// A browser that has signed in before.
    pub(crate) DeviceId = "dev";
    /// A revocation.
    pub(crate) RevocationId = "rev";
}

/// Somebody asked for an account with this address. Not an account: nobody can sign in with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registration {
    pub(crate) email: Email,
    /// Holds only when the browser that registered proves the mailbox.
    pub(crate) password: PasswordHash,
    pub(crate) name: Option<Name>,
    pub(crate) expires_at: Timestamp,
}

collection! {
    Registration in "registrations" {
        id: RegistrationId,
        version: 1,
        kind: ephemeral("a registration nobody proves leaves nothing behind", |registration| registration.expires_at),
        pub(crate) index BY_EMAIL: (email: Email) newest_first;
    }
}

/// The name of a ticket: the hash of what was mailed. The token itself is stored nowhere.
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

/// A one-time link: what it is good for. Consumed by removing it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ticket {
    pub(crate) purpose: TicketFor,
    pub(crate) expires_at: Timestamp,
}

/// What a ticket is good for, and what it is bound to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub(crate) enum TicketFor {
    /// Proves the mailbox of a registration.
    Verification { registration: RegistrationId, email: Email },
    /// Makes a super-admin: the first one, or the one the operator named.
    Setup { email: Option<Email> },
}

collection! {
    Ticket in "tickets" {
        id: TicketKey,
        version: 1,
        kind: ephemeral("a mailed link is worth nothing once used or expired", |ticket| ticket.expires_at),
    }
}

/// A link that was used a moment ago, so that the same request is answered the same once more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Redemption {
    /// Whom it made.
    pub(crate) user: UserId,
    /// The registration it proved, of which the registering browser has a note.
    pub(crate) registration: Option<RegistrationId>,
    /// The user's epoch then: whatever ends sessions ends this too.
    pub(crate) epoch: i64,
    pub(crate) expires_at: Timestamp,
}

collection! {
    Redemption in "redemptions" {
        id: TicketKey,
        version: 1,
        kind: ephemeral("a request is repeated at once or not at all", |redemption| redemption.expires_at),
    }
}

/// A signed-in device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    pub(crate) user: UserId,
    /// The user's epoch at birth; the session lives while they are equal.
    pub(crate) epoch: i64,
    /// Half of the key of the refresh tokens; the other half is not in the store.
    pub(crate) seed: RefreshSeed,
    /// The one live generation of the refresh token.
    pub(crate) generation: i64,
    /// The generation before it.
    pub(crate) previous: i64,
    /// When the live generation was made, by the store's clock.
    pub(crate) rotated_at: Timestamp,
    /// Whether a late use of the previous generation was forgiven once.
    pub(crate) pardoned: bool,
    /// Whether the live generation was made for the session's own device, and not for whoever else sent the one before.
    #[serde(default = "its_own")]
    pub(crate) made_for_its_own: bool,
    pub(crate) device: DeviceId,
    pub(crate) user_agent: Option<String>,
    pub(crate) ip: String,
    /// When the user proved who they are.
    pub(crate) authenticated_at: Timestamp,
    /// The absolute end.
    pub(crate) ends_at: Timestamp,
    /// The end by idling, never past the absolute one.
    pub(crate) expires_at: Timestamp,
}

/// Sessions of before this was kept: nothing is known against them.
const fn its_own() -> bool {
    true
}

collection! {
    Session in "sessions" {
        id: SessionId,
        version: 1,
        kind: ephemeral("a session ends by itself, and an ended one proves nothing", |session| session.expires_at),
        pub(crate) index BY_USER: (user: UserId) oldest_first;
    }
}

/// A device that came back to sign in. One that signed in once is known by its cookie alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Device {
    /// How often it came back. Names the row of failures under it: counted, not dated, so no clock begins one.
    pub(crate) sign_ins: i64,
    /// The end of the newest of its cookies.
    pub(crate) expires_at: Timestamp,
}

collection! {
    Device in "devices" {
        id: DeviceId,
        version: 1,
        kind: ephemeral("a device whose last cookie has expired is unknown again", |device| device.expires_at),
    }
}

/// What every instance must refuse from now on, although its signature still holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Revocation {
    pub(crate) revoked: Revoked,
    /// As long as a token can live that this refuses, and a little longer.
    pub(crate) expires_at: Timestamp,
}

/// What is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub(crate) enum Revoked {
    /// Tokens of this user with a lower version.
    User { user: UserId, minimum_version: i64 },
    /// Tokens of this session.
    Session { session: SessionId },
    /// Tokens signed with this key.
    Key { kid: String },
}

collection! {
    Revocation in "revocations" {
        id: RevocationId,
        version: 1,
        kind: ephemeral("once every token it refuses has expired there is nothing left to refuse", |revocation| revocation.expires_at),
        pub(crate) index FEED: oldest_first;
    }
}

/// The collection of this module.
pub(crate) const COLLECTIONS: [&CollectionDef; 6] =
    [Registration::DEF, Ticket::DEF, Redemption::DEF, Session::DEF, Device::DEF, Revocation::DEF];
