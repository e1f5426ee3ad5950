//! Finished routes: what can be mounted, and what may still be said about them.

use std::fmt;
use std::sync::Arc;

use super::codes::Codes;
use crate::declaration::Declaration;
use crate::lifecycle::Handling;

type Bind<S> = Box<dyn FnOnce(S, Arc<Declaration>) -> Handling + Send>;

/// A finished route over a state `S`.
#[must_use = "a route is only served once it is mounted"]
pub struct Route<S> {
    pub(in crate::routes) declaration: Declaration,
    pub(in crate::routes) bind: Bind<S>,
}

impl<S> Route<S> {
    /// Sets the one-line summary of the route.
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.declaration.summary = summary;
        self
    }

    /// Names the error codes it can answer beyond those of the life cycle.
    pub fn errors(mut self, errors: impl Codes) -> Self {
        self.declaration.errors = errors.codes();
        self
    }

    /// Names the error codes with which it may clear cookies.
    pub fn clearing_cookies(mut self, errors: impl Codes) -> Self {
        self.declaration.clearing = errors.codes();
        self
    }
}

impl<S> fmt::Debug for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declaration.fmt(f)
    }
}

/// A route with all its policies: nothing else can be mounted.
#[diagnostic::on_unimplemented(
    message = "this route is not finished",
    label = "declare `.limit(POLICY)`, the access rule, the input and `.handle(handler)`, in this order"
)]
pub trait FinishedRoute<S> {
    /// The route itself.
    fn into_route(self) -> Route<S>;
}

impl<S> FinishedRoute<S> for Route<S> {
    fn into_route(self) -> Route<S> {
        self
    }
}

/// Finished routes that share a state.
#[derive(Debug)]
#[must_use = "routes are only served once they are mounted"]
pub struct Routes<S>(pub(in crate::routes) Vec<Route<S>>);

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes.
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a finished route.
    #[expect(clippy::should_implement_trait, reason = "a table of routes is not a number")]
    pub fn add(mut self, route: impl FinishedRoute<S>) -> Self {
        self.0.push(route.into_route());
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
