//! The layer that catches panics: the request gets a 500, and no other request is affected.

use std::any::Any;
use std::convert::Infallible;
use std::task::{Context, Poll};

use tower::Service;
use tower_http::catch_panic::{self, CatchPanic, ResponseForPanic};

use super::arrived::{Arrived, ResponseBody};
use crate::errors::AppError;
use crate::request::{AnswerBody, Arrival, Response};
use crate::state::ServerState;

#[derive(Clone, Debug)]
pub(super) struct Panics<'a, S> {
    shared: &'a ServerState,
    inner: S,
}

impl<'a, S> Panics<'a, S> {
    pub(super) fn new(shared: &'a ServerState, inner: S) -> Self {
        Self { shared, inner }
    }
}

impl<'a, S> Service<Arrived> for Panics<'a, S>
where
    S: Service<Arrived, Response = Response, Error = Infallible>,
{
    type Response = http::Response<ResponseBody>;
    type Error = Infallible;
    type Future = catch_panic::ResponseFuture<S::Future, OnPanic<'a>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    /// A handler for each request, because the answer to a panic contains the request id.
    fn call(&mut self, request: Arrived) -> Self::Future {
        let arrival = request.body().arrival.clone();
        let on_panic = OnPanic { shared: self.shared, arrival };
        CatchPanic::custom(&mut self.inner, on_panic).call(request)
    }
}

/// Answers a request whose route panicked.
#[derive(Clone, Debug)]
pub(super) struct OnPanic<'a> {
    shared: &'a ServerState,
    arrival: Arrival,
}

impl ResponseForPanic for OnPanic<'_> {
    type ResponseBody = AnswerBody;

    fn response_for_panic(&mut self, panic: Box<dyn Any + Send>) -> Response {
        let text =
            panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("without a message");
        let error = AppError::internal(format!("a handler panicked: {text}"));
        self.shared.error_handler.respond(&error, &self.arrival.clone().into())
    }
}
