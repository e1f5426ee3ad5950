//! The layer that refuses requests by their head alone, before the route is known, and answers preflights.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use futures_util::future::Either;
use http::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue};
use tower::Service;

use super::arrived::Arrived;
use super::cors::is_preflight;
use crate::errors::{AppError, codes};
use crate::net::Sent;
use crate::request::Response;
use crate::state::ServerState;
use crate::utils::response;

/// Lower than the limits of the parser, so that a request beyond them still gets an answer with the envelope.
const MAX_HEADERS: usize = 64;
const MAX_HEADER_BYTES: usize = 16 * 1024;
const MAX_URI_BYTES: usize = 8 * 1024;

#[derive(Clone, Debug)]
pub(super) struct HeadCheck<'a, S> {
    shared: &'a ServerState,
    inner: S,
}

impl<'a, S> HeadCheck<'a, S> {
    pub(super) fn new(shared: &'a ServerState, inner: S) -> Self {
        Self { shared, inner }
    }
}

impl<S> Service<Arrived> for HeadCheck<'_, S>
where
    S: Service<Arrived, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Arrived) -> Self::Future {
        if let Some(error) = refusal(&request) {
            let context = request.body().arrival.clone().into();
            let mut response = self.shared.error_handler.respond(&error, &context);
            if !has_plain_framing(request.headers()) {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            return Either::Left(ready(Ok(response)));
        }
        if is_preflight(&request) {
            return Either::Left(ready(Ok(response::empty())));
        }
        Either::Right(self.inner.call(request))
    }
}

/// The error of a request that is refused by its head.
fn refusal<B>(request: &http::Request<B>) -> Option<AppError> {
    let headers = request.headers();
    let uri = request.uri();
    if uri.path_and_query().map_or(0, |path| path.as_str().len()) > MAX_URI_BYTES {
        return Some(AppError::new(&codes::URI_TOO_LONG));
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES {
        return Some(AppError::new(&codes::HEADERS_TOO_LARGE));
    }
    if !has_plain_framing(headers) {
        return Some(AppError::malformed("The only transfer coding that is read here is `chunked`, alone"));
    }
    let mut hosts = headers.get_all(HOST).iter();
    let well_formed = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(is_well_formed_host),
        _ => false,
    };
    (!well_formed).then(|| AppError::malformed("The request needs exactly one well-formed Host header"))
}

/// Whether `Transfer-Encoding` is absent or only `chunked`. The parser ignores other codings in a list that ends with
/// `chunked` (RFC 9112, 6.1), so this server and a proxy could disagree on the body.
fn has_plain_framing(headers: &HeaderMap) -> bool {
    match Sent::of(headers, &TRANSFER_ENCODING) {
        Sent::Absent => true,
        Sent::Once(coding) => coding.trim_ascii().eq_ignore_ascii_case(b"chunked"),
        Sent::Several => false,
    }
}

/// A host with an optional port; no user and no path.
fn is_well_formed_host(host: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']' | b'_');
    !host.is_empty()
        && host.len() <= 255
        && host.bytes().all(plain)
        && host.parse::<http::uri::Authority>().is_ok()
}
