//! The layer that says which origins' scripts may read an answer. What it says is decided in `middlewares/cors.rs`.

use std::convert::Infallible;
use std::task::{Context, Poll};

use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderName, HeaderValue};
use tower::Service;

use super::arrived::Arrived;
use super::finish::{Finish, Finishing};
use crate::middlewares::cors;
use crate::net::{AllowedOrigins, Sent};
use crate::state::ServerState;

#[derive(Clone, Debug)]
pub(super) struct Cors<'a, S> {
    shared: &'a ServerState,
    inner: S,
}

impl<'a, S> Cors<'a, S> {
    pub(super) fn new(shared: &'a ServerState, inner: S) -> Self {
        Self { shared, inner }
    }
}

impl<S, B> Service<Arrived> for Cors<'_, S>
where
    S: Service<Arrived, Response = http::Response<B>, Error = Infallible>,
{
    type Response = http::Response<B>;
    type Error = Infallible;
    type Future = Finishing<S::Future, Shared>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Arrived) -> Self::Future {
        let headers = headers(&self.shared.origins, &request);
        Finishing::new(self.inner.call(request), Shared(headers))
    }
}

/// The headers with which an answer is shared, or is not.
pub(super) struct Shared(Vec<cors::Header>);

impl<B> Finish<B> for Shared {
    fn finish(self, response: &mut http::Response<B>) {
        for (name, value) in self.0 {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
    }
}

fn headers<B>(origins: &AllowedOrigins, request: &http::Request<B>) -> Vec<cors::Header> {
    let origin = Sent::of(request.headers(), &ORIGIN);
    if is_preflight(request) {
        let wanted = Sent::of(request.headers(), &ACCESS_CONTROL_REQUEST_HEADERS);
        cors::preflight(origin, wanted, origins)
    } else {
        cors::actual(origin, origins)
    }
}

/// Whether a browser asks what it may send.
pub(super) fn is_preflight<B>(request: &http::Request<B>) -> bool {
    if request.method() != http::Method::OPTIONS {
        return false;
    }
    let headers = request.headers();
    let requested = Sent::of(headers, &ACCESS_CONTROL_REQUEST_METHOD);
    cors::is_preflight(request.method().as_str(), Sent::of(headers, &ORIGIN), requested)
}
