//! The layer that answers 503 when the deadline of a route has passed.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tower::Service;

use super::arrived::Arrived;
use crate::errors::AppError;
use crate::request::{Arrival, DeadlinePassed, Response, WithDeadline};
use crate::state::ServerState;

#[derive(Clone, Debug)]
pub(super) struct EnforceDeadline<'a, S> {
    shared: &'a ServerState,
    inner: S,
}

impl<'a, S> EnforceDeadline<'a, S> {
    pub(super) fn new(shared: &'a ServerState, inner: S) -> Self {
        Self { shared, inner }
    }
}

impl<'a, S> Service<Arrived> for EnforceDeadline<'a, S>
where
    S: Service<Arrived, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering<'a, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Arrived) -> Self::Future {
        let arrival = request.body().arrival.clone();
        let held = arrival.deadline().enforce(self.inner.call(request));
        Answering { held, shared: self.shared, arrival }
    }
}

pin_project! {
    /// The answer of the route, or the 503 after its deadline.
    pub(super) struct Answering<'a, F> {
        #[pin]
        held: WithDeadline<F>,
        shared: &'a ServerState,
        arrival: Arrival,
    }
}

impl<F> Future for Answering<'_, F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        Poll::Ready(ready!(this.held.poll(cx)).unwrap_or_else(|DeadlinePassed| {
            let late = AppError::unavailable(Duration::from_secs(1), "the request passed its deadline");
            Ok(this.shared.error_handler.respond(&late, &this.arrival.clone().into()))
        }))
    }
}
