//! The access rules of routes: the allowed callers, and what the handler learns about them.

use crate::cookies::CookieKind;
use crate::declaration::AccessKind;
use crate::errors::{AppError, codes};
use crate::identity::{
    AuthenticatedUser, Client, FreshUser, Guest, Local, Permission, PermissionName, Person, Principal,
    RefreshHolder, Scheduler, Visitor,
};
use crate::input::{AnyInput, InputRule, WithPassword};
use crate::limits::Trial;
use crate::request::RequestContext;

mod sealed {
    /// Sealed: only core defines access rules.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be made an access rule",
        label = "the kinds of access are closed",
        note = "a route is `.public()`, `.optional()`, `.session()`, `.in_person()`, `.fresh()`, `.owner_or::<Permission>()`, `.requires::<Permission>()`, `.requires_in_person::<Permission>()`, `.requires_fresh::<Permission>()`, `.refresh_cookie()`, `.loopback()` or `.scheduler()`. Add a missing kind to core"
    )]
    pub trait Sealed {}
}
pub(crate) use sealed::Sealed;

/// An access rule: the allowed callers of a route, and what its handler learns about them.
#[diagnostic::on_unimplemented(
    message = "this route has no access rule",
    label = "declare the access rule before this: `.public()`, `.optional()`, `.session()`, `.in_person()`, `.fresh()`, `.owner_or::<Permission>()`, `.requires::<Permission>()`, `.requires_in_person::<Permission>()`, `.requires_fresh::<Permission>()`, `.refresh_cookie()`, `.loopback()` or `.scheduler()`"
)]
pub trait Access: Sealed + Send + Sync + 'static {
    /// The caller argument of the handler.
    type Caller: Send + 'static;
    /// What the rule demands of a caller beside who they are: a permission, or [`NoPermission`].
    type Demand: Demand;
    /// The inputs that a route with this rule may read.
    type Inputs: InputRule;
    /// The kind of rule.
    const KIND: AccessKind;
    /// Whether it admits API keys.
    const TAKES_KEYS: bool = false;

    /// Admits the caller or not.
    ///
    /// # Errors
    /// 401 without a required session, 403 without the permission.
    #[doc(hidden)]
    fn admit(
        client: Client,
        principal: Option<Principal>,
        context: &RequestContext,
    ) -> Result<Self::Caller, AppError>;

    /// Passes the results of the gate after validation to the caller's proof: whether the device is known, and
    /// where comparisons are recorded.
    #[doc(hidden)]
    fn recognize(_caller: &mut Self::Caller, _known_device: bool, _trial: Trial) {}
}

/// What an access rule demands: a permission, or none.
pub trait Demand: 'static {
    /// The permission.
    fn permission() -> Option<&'static PermissionName>;

    /// Whether that permission is the one that its type was declared with.
    #[doc(hidden)]
    fn is_declared() -> bool;
}

impl<P: Permission> Demand for P {
    fn permission() -> Option<&'static PermissionName> {
        Some(P::NAME)
    }

    fn is_declared() -> bool {
        P::NAME.is_of::<P>()
    }
}

/// No permission.
#[derive(Debug)]
pub enum NoPermission {}

impl Demand for NoPermission {
    fn permission() -> Option<&'static PermissionName> {
        None
    }

    fn is_declared() -> bool {
        true
    }
}

/// Anyone.
#[derive(Debug)]
pub struct Public;

/// Anyone; a signed-in caller is known.
#[derive(Debug)]
pub struct Optional;

/// A signed-in caller.
#[derive(Debug)]
pub struct Session;

/// A signed-in caller in person: refused while an administrator impersonates them. For what belongs to the person and not
/// to the account's data: the ways to sign in, and where they are signed in.
#[derive(Debug)]
pub struct InPerson;

/// A signed-in caller, in person, who is certainly present: signed in within `FRESH_TTL`, or sends the password. Against somebody
/// who finds an open browser or has copied a token (OWASP ASVS 5.0, 7.5.1).
#[derive(Debug)]
pub struct Fresh;

/// A caller with a refresh cookie.
#[derive(Debug)]
pub struct RefreshCookie;

/// This machine only: the peer is a loopback address and so is the requested host, so that a stranger's page cannot
/// reach it through a developer's browser (DNS rebinding).
#[derive(Debug)]
pub struct Loopback;

/// The scheduler: whoever sends `CRON_SECRET` as `Authorization: Bearer`. The authentication phase compares it.
#[derive(Debug)]
pub struct Scheduled;

impl Sealed for Public {}
impl Access for Public {
    type Caller = Visitor;
    type Demand = NoPermission;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::Public;

    fn admit(client: Client, _: Option<Principal>, _: &RequestContext) -> Result<Visitor, AppError> {
        Ok(Visitor { client, known_device: false, trial: Trial::uncounted() })
    }

    fn recognize(caller: &mut Visitor, known_device: bool, trial: Trial) {
        caller.known_device = known_device;
        caller.trial = trial;
    }
}

impl Sealed for Optional {}
impl Access for Optional {
    type Caller = Guest;
    type Demand = NoPermission;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::Optional;

    fn admit(
        client: Client,
        principal: Option<Principal>,
        context: &RequestContext,
    ) -> Result<Guest, AppError> {
        Ok(Guest { client, principal, presented: context.access_tokens() })
    }
}

impl Sealed for Session {}
impl Access for Session {
    type Caller = AuthenticatedUser;
    type Demand = NoPermission;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::Session;

    fn admit(
        client: Client,
        principal: Option<Principal>,
        _: &RequestContext,
    ) -> Result<AuthenticatedUser, AppError> {
        let principal = principal.ok_or_else(|| AppError::new(&codes::AUTH_401))?;
        Ok(AuthenticatedUser { client, principal })
    }
}

impl Sealed for InPerson {}
impl Access for InPerson {
    type Caller = Person;
    type Demand = NoPermission;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::InPerson;

    fn admit(
        client: Client,
        principal: Option<Principal>,
        context: &RequestContext,
    ) -> Result<Person, AppError> {
        let user = Session::admit(client, principal, context)?;
        Person::prove(user).ok_or_else(|| AppError::new(&codes::IMPERSONATING))
    }
}

impl Sealed for Fresh {}
impl Access for Fresh {
    type Caller = FreshUser;
    type Demand = NoPermission;
    type Inputs = WithPassword;
    const KIND: AccessKind = AccessKind::Fresh;

    /// The phase after validation has the last word: only the input has the password.
    fn admit(
        client: Client,
        principal: Option<Principal>,
        context: &RequestContext,
    ) -> Result<FreshUser, AppError> {
        InPerson::admit(client, principal, context).map(FreshUser::new)
    }
}

impl Sealed for RefreshCookie {}
impl Access for RefreshCookie {
    type Caller = RefreshHolder;
    type Demand = NoPermission;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::RefreshCookie;

    fn admit(
        client: Client,
        _: Option<Principal>,
        context: &RequestContext,
    ) -> Result<RefreshHolder, AppError> {
        let cookie = |kind| context.cookies().get(kind).map(str::to_owned);
        let devices =
            context.cookies().all(CookieKind::Device).map_or_else(Vec::new, |all| all.texts().to_vec());
        Ok(RefreshHolder { client, token: cookie(CookieKind::Refresh), devices })
    }
}

impl Sealed for Loopback {}
impl Access for Loopback {
    type Caller = Local;
    type Demand = NoPermission;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::Loopback;

    fn admit(client: Client, _: Option<Principal>, context: &RequestContext) -> Result<Local, AppError> {
        if context.is_loopback() { Ok(Local { client }) } else { Err(AppError::new(&codes::NOT_FOUND)) }
    }
}

impl Sealed for Scheduled {}
impl Access for Scheduled {
    type Caller = Scheduler;
    type Demand = NoPermission;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::Scheduler;

    fn admit(client: Client, _: Option<Principal>, context: &RequestContext) -> Result<Scheduler, AppError> {
        if context.is_scheduled() { Ok(Scheduler { client }) } else { Err(AppError::new(&codes::AUTH_401)) }
    }
}
