//! The callers: the argument of a handler, according to the declaration of its route.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::sync::Arc;

use super::api_key::ApiKeyId;
use super::permission::{Permission, PermissionSet};
use crate::cookies::Presented;
use crate::limits::Trial;
use crate::system::time::Timestamp;
use crate::utils::languages::AcceptedLanguages;

crate::id! {
    /// A person.
    pub UserId = "usr";
    /// A signed-in device of a person.
    pub SessionId = "ses";
}

/// What proved who the caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// An access token of this session.
    Session(SessionId),
    /// An API key. Only routes that opted in admit it, and none that is for sessions.
    Key(ApiKeyId),
}

/// The verified facts of an access token, or of an API key and its owner.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The user of the token, or the owner of the key.
    pub user_id: UserId,
    /// The session it belongs to, or the key.
    pub credential: Credential,
    /// The role's name, as in the token.
    pub role: Arc<str>,
    /// The permissions, as in the token; of a key those that it and its owner have.
    pub permissions: PermissionSet,
    /// The user's version when the token was issued.
    pub session_version: i64,
    /// When the user last authenticated; for a key, when it was created.
    pub authenticated_at: Timestamp,
    /// When the token ends.
    pub expires_at: Timestamp,
    /// Whether the store must confirm role, version and status on each request (super-admins).
    pub confirm: bool,
    /// Who really acts, if that is not the user of the token.
    pub impersonator: Option<Impersonator>,
}

/// An administrator who acts as another user: the actor of RFC 8693, section 4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impersonator {
    /// The administrator.
    pub user_id: UserId,
    /// The administrator's own session, from which they act.
    pub session_id: SessionId,
}

impl Principal {
    /// Who really acts: the user of the token, or the administrator who impersonates that user.
    pub fn acting_user(&self) -> UserId {
        self.impersonator.map_or(self.user_id, |by| by.user_id)
    }
}

impl Principal {
    /// The session, if the caller has one.
    pub const fn session_id(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(session) => Some(session),
            Credential::Key(_) => None,
        }
    }

    /// The API key, if the caller presented one.
    pub const fn key_id(&self) -> Option<ApiKeyId> {
        match self.credential {
            Credential::Session(_) => None,
            Credential::Key(key) => Some(key),
        }
    }
}

/// The origin of a request.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client's address, as the trusted proxies name it.
    pub ip: IpAddr,
    /// `User-Agent`, at most 256 characters, all of them visible ASCII or blanks: other bytes become `?`.
    pub user_agent: Option<Arc<str>>,
    /// `Accept-Language`: the languages that the client accepts.
    pub languages: AcceptedLanguages,
    /// The id in the response and in every log line.
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

/// A person at this machine: the caller of a loopback route. Handlers of local pages require it.
#[derive(Clone, Debug)]
pub struct Local {
    pub(crate) client: Client,
}

/// The scheduler of this deployment: the caller of a route that starts a job. It is nobody's session and may do
/// nothing but that.
#[derive(Clone, Debug)]
pub struct Scheduler {
    pub(crate) client: Client,
}

/// Someone who is signed in.
#[derive(Clone, Debug)]
pub struct AuthenticatedUser {
    pub(crate) client: Client,
    pub(crate) principal: Principal,
}

/// Someone who is signed in and acts in person: nobody impersonates them.
#[derive(Clone, Debug)]
pub struct Person(AuthenticatedUser);

/// Someone who is signed in and certainly present: signed in a moment ago, or sent the password. Always in person.
#[derive(Clone, Debug)]
pub struct FreshUser(AuthenticatedUser);

/// Someone who may be signed in: the caller of an optional route.
#[derive(Clone, Debug)]
pub struct Guest {
    pub(crate) client: Client,
    pub(crate) principal: Option<Principal>,
    pub(crate) presented: Presented,
}

/// The caller of a refresh route: the token as received, for the service to judge.
#[derive(Debug)]
pub struct RefreshHolder {
    pub(crate) client: Client,
    pub(crate) token: Option<String>,
    pub(crate) devices: Vec<String>,
}

/// Someone who is signed in and holds the permission `P`.
pub struct Granted<P> {
    pub(crate) user: AuthenticatedUser,
    permission: PhantomData<fn() -> P>,
}

/// Someone who holds the permission `P` and acts in person, as a [`Person`] does. An API key is nobody else.
pub struct GrantedInPerson<P>(Granted<P>);

/// Someone who holds the permission `P` and is certainly present, as a [`FreshUser`] is.
pub struct FreshGranted<P>(Granted<P>);

impl Visitor {
    /// The origin of the request.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the gate after validation admitted the request as one from a known device of the account that it
    /// names: false for a device that has failed too often, whatever its cookie says, and if the route names no
    /// account.
    pub fn is_known_device(&self) -> bool {
        self.known_device
    }

    /// Where code that compares a password records the result; it counts nothing if the route names no account.
    pub fn trial(&self) -> &Trial {
        &self.trial
    }
}

impl Local {
    /// The origin of the request.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl Scheduler {
    /// The origin of the request.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl AuthenticatedUser {
    /// The origin of the request.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The principal.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The user's id.
    pub fn user_id(&self) -> UserId {
        self.principal.user_id
    }
}

impl Person {
    /// The only constructor: `None` for an administrator who impersonates the user.
    pub(crate) fn prove(user: AuthenticatedUser) -> Option<Self> {
        user.principal.impersonator.is_none().then_some(Self(user))
    }

    /// The user.
    pub fn user(&self) -> &AuthenticatedUser {
        &self.0
    }

    /// The origin of the request.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// The user's id.
    pub fn user_id(&self) -> UserId {
        self.0.user_id()
    }
}

impl FreshUser {
    /// The phase after validation has the last word on presence.
    pub(crate) fn new(Person(user): Person) -> Self {
        Self(user)
    }

    /// The user.
    pub fn user(&self) -> &AuthenticatedUser {
        &self.0
    }

    /// The origin of the request.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// The user's id.
    pub fn user_id(&self) -> UserId {
        self.0.user_id()
    }
}

impl Guest {
    /// The origin of the request.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The principal, if the caller is signed in.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// All access tokens in the request, valid or not: only for ending sessions, never for authentication.
    pub fn presented(&self) -> &Presented {
        &self.presented
    }
}

impl RefreshHolder {
    /// The origin of the request.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The token; `None` if there was no cookie, or two with that name.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The device cookies as received: there are several if a sibling domain set one. They are sealed, so others do
    /// not hide the genuine one.
    pub fn devices(&self) -> &[String] {
        &self.devices
    }
}

impl<P: Permission> Granted<P> {
    /// The only constructor: the permission is checked here and nowhere else.
    pub(crate) fn prove(user: AuthenticatedUser) -> Option<Self> {
        user.principal.permissions.has::<P>().then_some(Self { user, permission: PhantomData })
    }
}

impl<P> Granted<P> {
    /// The user who holds the permission.
    pub fn user(&self) -> &AuthenticatedUser {
        &self.user
    }

    /// The origin of the request.
    pub fn client(&self) -> &Client {
        &self.user.client
    }
}

impl<P> GrantedInPerson<P> {
    /// The only constructor: `None` for an administrator who impersonates the user.
    pub(crate) fn prove(granted: Granted<P>) -> Option<Self> {
        granted.user.principal.impersonator.is_none().then_some(Self(granted))
    }

    /// The permission without the person.
    pub fn granted(&self) -> &Granted<P> {
        &self.0
    }

    /// The user who holds the permission.
    pub fn user(&self) -> &AuthenticatedUser {
        self.0.user()
    }

    /// The origin of the request.
    pub fn client(&self) -> &Client {
        self.0.client()
    }
}

impl<P> fmt::Debug for GrantedInPerson<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GrantedInPerson").field(&self.0).finish()
    }
}

impl<P: Permission> FreshGranted<P> {
    /// Of a user who acts in person and holds the permission.
    pub(crate) fn prove(FreshUser(user): FreshUser) -> Option<Self> {
        Granted::prove(user).map(Self)
    }
}

impl<P> FreshGranted<P> {
    /// The permission without the presence.
    pub fn granted(&self) -> &Granted<P> {
        &self.0
    }
}

impl<P> fmt::Debug for FreshGranted<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FreshGranted").field(&self.0).finish()
    }
}

impl<P> fmt::Debug for Granted<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted").field("user", &self.user).finish_non_exhaustive()
    }
}
