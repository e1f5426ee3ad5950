//! The callers: what a handler is given, according to what its route declared.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

use super::permission::{Permission, PermissionSet};
use crate::cookies::Presented;
use crate::limits::Trial;
use crate::system::time::Timestamp;

crate::id! {
    /// A person.
    pub UserId = "usr";
    /// A signed-in device of a person.
    pub SessionId = "ses";
}

/// The verified facts of an access token.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Whose token it is.
    pub user_id: UserId,
    /// The session it belongs to.
    pub session_id: SessionId,
    /// The role's name, as in the token.
    pub role: Arc<str>,
    /// The permissions, as in the token.
    pub permissions: PermissionSet,
    /// The user's version when the token was made.
    pub session_version: i64,
    /// When the person last proved who they are.
    pub authenticated_at: Timestamp,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// Whether the store must confirm role, version and status on each request (super-admins).
    pub confirm: bool,
}

/// Where a request came from.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client's address, as far as the trusted proxies tell.
    pub ip: IpAddr,
    /// `User-Agent`, at most 256 characters, all of them visible ASCII or blanks: other bytes stand as `?`.
    pub user_agent: Option<Arc<str>>,
    /// The id that the response and every log line carry.
    pub request_id: Arc<str>,
    /// When the request arrived.
    pub at: Timestamp,
}

/// Anyone: the caller of a public route.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub(crate) client: Client,
    pub(crate) known_device: bool,
    pub(crate) trial: Trial,
}

/// Somebody at this machine: the caller of a loopback route. What is shown to nobody else asks for it.
#[derive(Clone, Debug)]
pub struct Local {
    pub(crate) client: Client,
}

/// Someone who is signed in.
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) client: Client,
    pub(crate) principal: Principal,
}

/// Someone who may be signed in: the caller of an optional route.
#[derive(Clone, Debug)]
pub struct Guest {
    pub(crate) client: Client,
    pub(crate) principal: Option<Principal>,
    pub(crate) presented: Presented,
}

/// The caller of a refresh route: the token as it came, for the service to judge.
#[derive(Debug)]
pub struct RefreshHolder {
    pub(crate) client: Client,
    pub(crate) token: Option<String>,
    pub(crate) devices: Vec<String>,
}

/// Someone who is signed in and holds the permission `P`.
pub struct Granted<P> {
    pub(crate) account: Account,
    permission: PhantomData<fn() -> P>,
}

impl Visitor {
    /// Where the request came from.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the gate behind validation let the request pass as one of a device that the account it names knows: false
    /// for a device that has failed too often, whatever its cookie says, and where the route names no account.
    pub fn is_known_device(&self) -> bool {
        self.known_device
    }

    /// Where whoever compares a password notes what came of it; one that counts nothing where the route names no account.
    pub fn trial(&self) -> &Trial {
        &self.trial
    }
}

impl Local {
    /// Where the request came from.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl Account {
    /// Where the request came from.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Who it is.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Who it is, by id.
    pub fn user_id(&self) -> UserId {
        self.principal.user_id
    }
}

impl Guest {
    /// Where the request came from.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Who it is, when they are signed in.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// Every access token that came along, believed or not: for ending what they opened, never for letting anybody in.
    pub fn presented(&self) -> &Presented {
        &self.presented
    }
}

impl RefreshHolder {
    /// Where the request came from.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The token; `None` when there was no cookie, or two of that name.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The device cookies, as they came: more than one when a sibling domain tossed one in. They are sealed, so the genuine
    /// one is not hidden by others.
    pub fn devices(&self) -> &[String] {
        &self.devices
    }
}

impl<P: Permission> Granted<P> {
    /// The only way to make one: the permission is looked at here and nowhere else.
    pub(crate) fn prove(account: Account) -> Option<Self> {
        account.principal.permissions.has::<P>().then_some(Self { account, permission: PhantomData })
    }
}

impl<P> Granted<P> {
    /// The account that holds the permission.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Where the request came from.
    pub fn client(&self) -> &Client {
        &self.account.client
    }
}

impl<P> fmt::Debug for Granted<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted").field("account", &self.account).finish_non_exhaustive()
    }
}
