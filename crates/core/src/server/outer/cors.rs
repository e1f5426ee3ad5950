//! The layer that sets the CORS headers. `middlewares/cors.rs` decides their values.

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
    type Future = Finishing<S::Future, CorsHeaders>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Arrived) -> Self::Future {
        let headers = headers(&self.shared.origins, &request);
        Finishing::new(self.inner.call(request), CorsHeaders(headers))
    }
}

/// The CORS headers of an answer.
pub(super) struct CorsHeaders(Vec<cors::Header>);

impl<B> Finish<B> for CorsHeaders {
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

/// Whether this is a CORS preflight.
pub(super) fn is_preflight<B>(request: &http::Request<B>) -> bool {
    if request.method() != http::Method::OPTIONS {
        return false;
    }
    let headers = request.headers();
    let requested = Sent::of(headers, &ACCESS_CONTROL_REQUEST_METHOD);
    cors::is_preflight(request.method().as_str(), Sent::of(headers, &ORIGIN), requested)
}
