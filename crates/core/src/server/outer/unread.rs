//! The answer to a request that the parser could not read.

use std::future::ready;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::FutureExt as _;
use http::StatusCode;
use tower::{Service as _, service_fn};

use super::arrive::{arrival, write_access_line};
use super::arrived::ArrivedBody;
use super::headers::with_headers;
use crate::errors::{AppError, codes};
use crate::request::{Body, Request, Response};
use crate::state::ServerState;

/// Answers such a request, of which only the other end of the connection is known, and logs it.
pub(in crate::server) fn unreadable(shared: &ServerState, peer: IpAddr, status: StatusCode) -> Response {
    let request = Request::new(Body::default());
    let arrival = arrival(shared, peer, &request);
    let error = match status {
        StatusCode::URI_TOO_LONG => AppError::new(&codes::URI_TOO_LONG),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => AppError::new(&codes::HEADERS_TOO_LARGE),
        _ => AppError::malformed("The request line or a header is not well-formed"),
    };
    let answer = shared.error_handler.respond(&error, &arrival.clone().into());
    let mut answer = Some(answer);
    let refused = service_fn(move |_| ready(Ok(answer.take().unwrap_or_default())));
    let request = request.map(|body| ArrivedBody { arrival: arrival.clone(), body });
    // Nothing in it waits, so it is ready at once.
    let answered = with_headers(shared, refused).call(request).now_or_never();
    let response = answered.and_then(Result::ok).unwrap_or_default();
    write_access_line(shared, &arrival, None, &response, Duration::ZERO, None);
    response
}
