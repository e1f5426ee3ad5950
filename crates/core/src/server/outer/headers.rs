//! The headers of every answer: the request id, CORS, and the security headers.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};
use tower::{Service, ServiceBuilder};
use tower_http::set_header::SetResponseHeaderLayer;

use super::arrived::Arrived;
use super::cors::Cors;
use super::finish::{Finish, Finishing};
use crate::state::ServerState;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Adds the layers that set these headers. The security headers are those that OWASP recommends for an API (no
/// sniffing, framing, embedding or referrer). The innermost layer writes first.
pub(super) fn with_headers<S, B>(
    shared: &ServerState,
    inner: S,
) -> impl Service<Arrived, Response = http::Response<B>, Error = Infallible, Future: Send>
where
    S: Service<Arrived, Response = http::Response<B>, Error = Infallible, Future: Send>,
{
    let value = HeaderValue::from_static;
    // Two years, as the HSTS preload list recommends.
    let two_years = shared.secure_cookies.then(|| value("max-age=63072000; includeSubDomains"));
    ServiceBuilder::new()
        .layer_fn(|inner| SetRequestId { inner })
        .layer_fn(|inner| Cors::new(shared, inner))
        .layer(SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, two_years))
        // A built-in page has its own policy, which allows its style and script by hash.
        .layer(SetResponseHeaderLayer::if_not_present(
            CONTENT_SECURITY_POLICY,
            value("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"),
        ))
        .layer(overriding("cross-origin-resource-policy", "same-origin"))
        .layer(overriding("cross-origin-opener-policy", "same-origin"))
        .layer(SetResponseHeaderLayer::overriding(REFERRER_POLICY, value("no-referrer")))
        .layer(SetResponseHeaderLayer::overriding(X_FRAME_OPTIONS, value("DENY")))
        .layer(SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, value("nosniff")))
        .service(inner)
}

fn overriding(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(HeaderName::from_static(name), HeaderValue::from_static(value))
}

/// Sets `X-Request-Id`.
#[derive(Clone, Debug)]
struct SetRequestId<S> {
    inner: S,
}

impl<S, B> Service<Arrived> for SetRequestId<S>
where
    S: Service<Arrived, Response = http::Response<B>, Error = Infallible>,
{
    type Response = http::Response<B>;
    type Error = Infallible;
    type Future = Finishing<S::Future, RequestId>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Arrived) -> Self::Future {
        let id = Arc::clone(&request.body().arrival.client().request_id);
        Finishing::new(self.inner.call(request), RequestId(id))
    }
}

struct RequestId(Arc<str>);

impl<B> Finish<B> for RequestId {
    fn finish(self, response: &mut http::Response<B>) {
        if let Ok(id) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
    }
}
