//! A route is a value with all its policies. The builder has one way forward from every state, and only the
//! finished value can be mounted: a route without a rate limit, an access rule or an input does not exist.

mod mount;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::errors::{AppError, Code};
use crate::input::{Input, InputDoc, Nothing};
use crate::lifecycle::{self, Access, AccessKind, Handling};
use crate::limits::Policy;
use crate::middlewares::auth::{Loopback, Optional, Public, RefreshCookie, Session};
use crate::middlewares::permission::{Permission, PermissionName, Requires};
use crate::middlewares::rate_limit::LimitSubject;
use crate::output::{Output, OutputDoc};

pub use mount::{Mount, MountError, Mounted, Mounts};

/// The methods a route can have. HEAD is answered wherever GET is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are RFC 9110's")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method as on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether it may change something (RFC 9110, 9.2.1).
    pub fn is_unsafe(self) -> bool {
        !matches!(self, Self::Get)
    }
}

macro_rules! begin {
    ($($(#[$meta:meta])* $name:ident = $method:ident;)+) => {$(
        $(#[$meta])*
        pub fn $name(path: &'static str) -> NeedsRateLimit {
            NeedsRateLimit { method: Method::$method, path }
        }
    )+};
}

begin! {
    /// Begins a route that reads.
    get = Get;
    /// Begins a route that does something.
    post = Post;
    /// Begins a route that sets something as a whole.
    put = Put;
    /// Begins a route that changes something.
    patch = Patch;
    /// Begins a route that removes something.
    delete = Delete;
}

/// A route without a rate limit. Next: [`limit`](Self::limit).
#[derive(Debug)]
#[must_use = "a route is only served once it is finished and mounted"]
pub struct NeedsRateLimit {
    method: Method,
    path: &'static str,
}

impl NeedsRateLimit {
    /// Says which policy limits the route.
    pub fn limit(self, policy: Policy) -> NeedsAccess {
        NeedsAccess { method: self.method, path: self.path, policy }
    }
}

/// A route without an access rule. Next: [`public`](Self::public), [`optional`](Self::optional),
/// [`session`](Self::session), [`requires`](Self::requires) or [`refresh_cookie`](Self::refresh_cookie).
#[derive(Debug)]
#[must_use = "a route is only served once it is finished and mounted"]
pub struct NeedsAccess {
    method: Method,
    path: &'static str,
    policy: Policy,
}

impl NeedsAccess {
    /// Anyone may call it. The handler gets a [`Visitor`](crate::identity::Visitor).
    pub fn public(self) -> NeedsInput<Public> {
        self.guarded()
    }

    /// Anyone may call it, and who is signed in is known. The handler gets a [`Guest`](crate::identity::Guest).
    pub fn optional(self) -> NeedsInput<Optional> {
        self.guarded()
    }

    /// Only people who are signed in. The handler gets an [`Account`](crate::identity::Account).
    pub fn session(self) -> NeedsInput<Session> {
        self.guarded()
    }

    /// Only people who hold the permission `P`. The handler gets a [`Granted<P>`](crate::identity::Granted).
    pub fn requires<P: Permission>(self) -> NeedsInput<Requires<P>> {
        self.guarded()
    }

    /// Only this machine, by address and by name: for what exists in development only. The handler gets a
    /// [`Local`](crate::identity::Local).
    pub fn loopback(self) -> NeedsInput<Loopback> {
        self.guarded()
    }

    /// Whoever holds a refresh cookie; the service judges it.
    pub fn refresh_cookie(self) -> NeedsInput<RefreshCookie> {
        self.guarded()
    }

    fn guarded<A: Access>(self) -> NeedsInput<A> {
        NeedsInput { method: self.method, path: self.path, policy: self.policy, access: PhantomData }
    }
}

/// A route that has not said what it reads. Next: [`input`](Self::input) or [`no_input`](Self::no_input).
#[derive(Debug)]
#[must_use = "a route is only served once it is finished and mounted"]
pub struct NeedsInput<A> {
    method: Method,
    path: &'static str,
    policy: Policy,
    access: PhantomData<fn() -> A>,
}

impl<A: Access> NeedsInput<A> {
    /// Says what it reads.
    pub fn input<I: Input>(self) -> NeedsHandler<A, I> {
        NeedsHandler {
            method: self.method,
            path: self.path,
            policy: self.policy,
            subject: None,
            access: PhantomData,
        }
    }

    /// Says that it reads nothing; whatever is sent is refused.
    pub fn no_input(self) -> NeedsHandler<A, Nothing> {
        self.input::<Nothing>()
    }
}

/// A route without a handler. Next: [`handle`](Self::handle), maybe after [`limit_by`](Self::limit_by).
#[must_use = "a route is only served once it is finished and mounted"]
pub struct NeedsHandler<A, I> {
    method: Method,
    path: &'static str,
    policy: Policy,
    subject: Option<fn(&I) -> LimitSubject>,
    access: PhantomData<fn() -> A>,
}

impl<A, I> fmt::Debug for NeedsHandler<A, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NeedsHandler").field("path", &self.path).finish_non_exhaustive()
    }
}

impl<A: Access, I: Input> NeedsHandler<A, I> {
    /// Limits also by what the input names, for example the account of a sign-in.
    pub fn limit_by(mut self, subject: fn(&I) -> LimitSubject) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Says what happens: `async fn(state, caller, input) -> Result<impl Output, AppError>`.
    ///
    /// The caller's type follows from the access rule, so a public route cannot be given a handler that wants an
    /// account.
    pub fn handle<S, F, Fut, O>(self, handler: F) -> Route<S>
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(S, A::Caller, I) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<O, AppError>> + Send + 'static,
        O: Output,
    {
        let declaration = Declaration {
            method: self.method,
            path: self.path,
            policy: self.policy,
            access: A::KIND,
            permission: A::permission(),
            forged: !A::is_declared(),
            input: I::describe(),
            output: O::describe(),
            limited_by_input: self.subject.is_some(),
            summary: "",
            errors: &[],
        };
        let subject = self.subject;
        Route {
            declaration,
            bind: Box::new(move |state, declaration| {
                lifecycle::endpoint::<S, A, I, F, Fut, O>(state, declaration, subject, handler)
            }),
        }
    }
}

/// All that was declared about a route: what documentation, tests and the mount check read.
#[derive(Debug)]
pub struct Declaration {
    /// The method.
    pub method: Method,
    /// The path below the mount's prefix, with `{parameters}`.
    pub path: &'static str,
    /// The rate limit policy.
    pub policy: Policy,
    /// Who may call it.
    pub access: AccessKind,
    /// The permission it requires.
    pub permission: Option<&'static PermissionName>,
    /// Whether the type of the permission was given the name of another by hand.
    pub(crate) forged: bool,
    /// What it reads.
    pub input: InputDoc,
    /// What it answers.
    pub output: OutputDoc,
    /// Whether a limit follows from the input.
    pub limited_by_input: bool,
    /// One line for the documentation.
    pub summary: &'static str,
    /// The codes it can answer beyond those of the life cycle.
    pub errors: &'static [&'static Code],
}

type Bind<S> = Box<dyn FnOnce(S, Arc<Declaration>) -> Handling + Send>;

/// A finished route over a state `S`.
#[must_use = "a route is only served once it is mounted"]
pub struct Route<S> {
    declaration: Declaration,
    bind: Bind<S>,
}

impl<S> Route<S> {
    /// Says in one line what the route is for.
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.declaration.summary = summary;
        self
    }

    /// Names the error codes it can answer beyond those of the life cycle.
    pub fn errors(mut self, errors: &'static [&'static Code]) -> Self {
        self.declaration.errors = errors;
        self
    }
}

impl<S> fmt::Debug for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declaration.fmt(f)
    }
}

/// Finished routes that share a state.
#[derive(Debug)]
#[must_use = "routes are only served once they are mounted"]
pub struct Routes<S>(Vec<Route<S>>);

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// None yet.
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a finished route.
    #[expect(clippy::should_implement_trait, reason = "a table of routes is not a number")]
    pub fn add(mut self, route: Route<S>) -> Self {
        self.0.push(route);
        self
    }

    /// Adds the routes of another table.
    pub fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
