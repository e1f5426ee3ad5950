//! A route is a value with all its policies. The builder has one way forward from every state, and only the
//! finished value can be mounted: a route without a rate limit, an access rule or an input does not exist. The
//! states are parameters and their rules are bounds of the methods, so that the compiler names the violated rule
//! and not only a missing method.

mod codes;
mod finished;
mod kinds;
mod states;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

pub use codes::Codes;
pub use finished::{FinishedRoute, Route, Routes};
use states::{HasInput, HasRateLimit, LacksAccess, LacksInput, LacksRateLimit, ReadState};
pub use states::{
    NoAccess, NoInput, NoRateLimit, Reads, ReadsListening, ReadsRepeatable, ReadsSigned, ReadsUpload,
};

use crate::declaration::{Declaration, Method};
use crate::identity::Permission;
use crate::input::{Input, Meets, Nothing, Reading};
use crate::lifecycle;
use crate::limits::Policy;
use crate::middlewares::access::{
    Access, Demand as _, Fresh, InPerson, Loopback, Optional, Public, RefreshCookie, Scheduled, Session,
};
use crate::middlewares::permission::{AdmitsKeys, OrKey, OwnerOr, Requires, RequiresFresh, RequiresInPerson};
use crate::middlewares::rate_limit::LimitSubject;
use crate::output::{Answer, Output};

macro_rules! begin {
    ($($(#[$meta:meta])* $name:ident = $method:ident;)+) => {$(
        $(#[$meta])*
        pub fn $name(path: &'static str) -> NewRoute {
            NewRoute::begin(Method::$method, path)
        }
    )+};
}

begin! {
    /// Begins a route that reads.
    get = Get;
    /// Begins a route that performs an action.
    post = Post;
    /// Begins a route that replaces something.
    put = Put;
    /// Begins a route that changes something.
    patch = Patch;
    /// Begins a route that removes something.
    delete = Delete;
}

/// Begins a route to which the pages of other sites post a form, as `response_mode=form_post` does (OAuth 2.0 Form Post
/// Response Mode). It is exempt from the CSRF check, so it must be public, read no cookie and do nothing but redirect:
/// [`Mount::finish`](super::Mount::finish) refuses any other.
pub fn cross_site_form(path: &'static str) -> NewRoute {
    RouteBuilder { is_cross_site_form: true, ..NewRoute::begin(Method::Post, path) }
}

/// A route under construction: its rate limit `L`, its access rule `A` and its input `I`, each either declared or
/// not yet.
///
/// The order is fixed: [`limit`](Self::limit); then [`public`](Self::public), [`optional`](Self::optional),
/// [`session`](Self::session), [`in_person`](Self::in_person), [`fresh`](Self::fresh), [`owner_or`](Self::owner_or), [`requires`](Self::requires)
/// or [`requires_in_person`](Self::requires_in_person), optionally with [`key`](Self::key), [`requires_fresh`](Self::requires_fresh), [`refresh_cookie`](Self::refresh_cookie),
/// [`loopback`](Self::loopback) or [`scheduler`](Self::scheduler); then [`input`](Self::input) or [`no_input`](Self::no_input),
/// optionally with [`signed_by`](Self::signed_by), [`listeners`](Self::listeners) [`uploads`](Self::uploads)
/// or [`repeatable`](Self::repeatable); then [`handle`](Self::handle), optionally after [`limit_by`](Self::limit_by). A call that comes too early, too late
/// or twice does not compile, and the compiler reports the missing part.
#[must_use = "a route is only served once it is finished and mounted"]
pub struct RouteBuilder<L, A, I: ReadState> {
    method: Method,
    path: &'static str,
    is_cross_site_form: bool,
    limit: L,
    reading: Reading<I::Input>,
    subject: Option<fn(&I::Input) -> LimitSubject>,
    states: PhantomData<fn() -> (A, I)>,
}

/// A route with only a method and a path.
pub type NewRoute = RouteBuilder<NoRateLimit, NoAccess, NoInput>;

impl<L, A, I: ReadState> fmt::Debug for RouteBuilder<L, A, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteBuilder").field("path", &self.path).finish_non_exhaustive()
    }
}

impl NewRoute {
    fn begin(method: Method, path: &'static str) -> Self {
        Self {
            method,
            path,
            is_cross_site_form: false,
            limit: NoRateLimit(()),
            reading: Reading::fields(),
            subject: None,
            states: PhantomData,
        }
    }
}

impl<L, A, I: ReadState> RouteBuilder<L, A, I> {
    /// Sets the policy that limits the route.
    pub fn limit(self, policy: Policy) -> RouteBuilder<Policy, A, I>
    where
        L: LacksRateLimit,
    {
        RouteBuilder {
            method: self.method,
            path: self.path,
            is_cross_site_form: self.is_cross_site_form,
            limit: policy,
            reading: self.reading,
            subject: self.subject,
            states: PhantomData,
        }
    }

    /// Anyone may call it. The handler gets a [`Visitor`](crate::identity::Visitor).
    pub fn public(self) -> RouteBuilder<L, Public, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// Anyone may call it, and a signed-in caller is known. The handler gets a [`Guest`](crate::identity::Guest).
    pub fn optional(self) -> RouteBuilder<L, Optional, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// Only people who are signed in. The handler gets an [`AuthenticatedUser`](crate::identity::AuthenticatedUser).
    pub fn session(self) -> RouteBuilder<L, Session, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// Only people who are signed in themselves, and no administrator who impersonates them. The handler gets a
    /// [`Person`](crate::identity::Person).
    pub fn in_person(self) -> RouteBuilder<L, InPerson, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// Only people who are signed in, in person and certainly present: signed in within `FRESH_TTL`, or send the password, for which
    /// the input needs a place ([`CarriesPassword`](crate::input::CarriesPassword)). The handler gets a
    /// [`FreshUser`](crate::identity::FreshUser).
    pub fn fresh(self) -> RouteBuilder<L, Fresh, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// Only people who are signed in: each reaches their own things, and who holds the permission `P` those of everybody.
    /// The handler gets a [`Reach<P>`](crate::identity::Reach), which its repository turns into a scope. What is out of
    /// reach is answered as what does not exist.
    pub fn owner_or<P: Permission>(self) -> RouteBuilder<L, OwnerOr<P>, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// Only people who hold the permission `P`. The handler gets a [`Granted<P>`](crate::identity::Granted).
    pub fn requires<P: Permission>(self) -> RouteBuilder<L, Requires<P>, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// Only people who hold the permission `P` themselves, and no administrator who impersonates one of them. The handler
    /// gets a [`GrantedInPerson<P>`](crate::identity::GrantedInPerson).
    pub fn requires_in_person<P: Permission>(self) -> RouteBuilder<L, RequiresInPerson<P>, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// Only people who hold the permission `P` and are certainly present, as with [`fresh`](Self::fresh). The handler gets a
    /// [`FreshGranted<P>`](crate::identity::FreshGranted).
    pub fn requires_fresh<P: Permission>(self) -> RouteBuilder<L, RequiresFresh<P>, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// API keys with that permission may call it as well. Without this a route refuses every key. The handler gets the same,
    /// and [`Principal::credential`](crate::identity::Principal::credential) tells a key from a session.
    pub fn key(self) -> RouteBuilder<L, OrKey<A>, I>
    where
        A: AdmitsKeys,
        I: LacksInput,
    {
        self.guarded()
    }

    /// Only this machine, by address and by name: for development pages. The handler gets a
    /// [`Local`](crate::identity::Local).
    pub fn loopback(self) -> RouteBuilder<L, Loopback, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// A caller with a refresh cookie; the service judges it.
    pub fn refresh_cookie(self) -> RouteBuilder<L, RefreshCookie, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    /// Only the scheduler of this deployment, which sends `CRON_SECRET` as `Authorization: Bearer`: for jobs. The
    /// handler gets a [`Scheduler`](crate::identity::Scheduler).
    pub fn scheduler(self) -> RouteBuilder<L, Scheduled, I>
    where
        L: HasRateLimit,
        A: LacksAccess,
    {
        self.guarded()
    }

    fn guarded<B: Access>(self) -> RouteBuilder<L, B, I> {
        RouteBuilder {
            method: self.method,
            path: self.path,
            is_cross_site_form: self.is_cross_site_form,
            limit: self.limit,
            reading: self.reading,
            subject: self.subject,
            states: PhantomData,
        }
    }

    /// Sets its input.
    pub fn input<T>(self) -> RouteBuilder<L, A, Reads<T>>
    where
        T: Input + Meets<A::Inputs>,
        A: Access,
        I: LacksInput,
    {
        RouteBuilder {
            method: self.method,
            path: self.path,
            is_cross_site_form: self.is_cross_site_form,
            limit: self.limit,
            reading: Reading::fields(),
            subject: None,
            states: PhantomData,
        }
    }

    /// Declares that it reads nothing; any input is refused.
    pub fn no_input(self) -> RouteBuilder<L, A, Reads<Nothing>>
    where
        A: Access,
        Nothing: Meets<A::Inputs>,
        I: LacksInput,
    {
        self.input::<Nothing>()
    }

    /// Also limits by a value of the input, for example the account of a sign-in.
    pub fn limit_by(mut self, subject: fn(&I::Input) -> LimitSubject) -> Self
    where
        I: HasInput,
    {
        self.subject = Some(subject);
        self
    }

    /// Sets the handler: `async fn(state, caller, input) -> Result<impl Output, AppError>`. An error of another type is
    /// turned into an [`AppError`](crate::errors::AppError) by `?`, if it has a `From` that says with which code.
    ///
    /// The caller's type follows from the access rule, so a public route cannot have a handler that requires an
    /// account.
    pub fn handle<S, F, Fut>(self, handler: F) -> Route<S>
    where
        L: HasRateLimit,
        A: Access,
        I: HasInput<Input: Meets<A::Inputs>>,
        S: Clone + Send + Sync + 'static,
        F: Fn(S, A::Caller, I::Input) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output: Answer> + Send + 'static,
    {
        let declaration = Declaration {
            method: self.method,
            path: self.path,
            policy: self.limit.policy(),
            access: A::KIND,
            permission: A::Demand::permission(),
            takes_keys: A::TAKES_KEYS,
            forged: !A::Demand::is_declared(),
            is_cross_site_form: self.is_cross_site_form,
            input: (self.reading.describe)(),
            output: <<Fut::Output as Answer>::Output as Output>::describe(),
            limited_by_input: self.subject.is_some(),
            summary: "",
            errors: Vec::new(),
            clearing: Vec::new(),
        };
        let (reads, subject) = (self.reading.reads, self.subject);
        Route {
            declaration,
            bind: Box::new(move |state, declaration| {
                lifecycle::endpoint::<S, A, I::Input, F, Fut>(state, declaration, (reads, subject), handler)
            }),
        }
    }
}
