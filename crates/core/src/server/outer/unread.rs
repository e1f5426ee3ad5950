//! The answer to what the parser could not read.

use std::future::ready;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::FutureExt as _;
use http::StatusCode;
use tower::{Service as _, service_fn};

use super::arrive::{arrival, write_access_line};
use super::arrived::ArrivedBody;
use super::headers::marked;
use crate::errors::{AppError, codes};
use crate::request::{Body, Request, Response};
use crate::state::ServerState;

/// Nothing is known about such a request but where it came from, and of that not more than the other end of the connection.
pub(in crate::server) fn unreadable(shared: &ServerState, peer: IpAddr, status: StatusCode) -> Response {
    let request = Request::new(Body::default());
    let arrival = arrival(shared, peer, &request);
    let error = match status {
        StatusCode::URI_TOO_LONG => AppError::new(&codes::URI_TOO_LONG),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => AppError::new(&codes::HEADERS_TOO_LARGE),
        _ => AppError::malformed("The request line or a header is not well-formed"),
    };
    let answer = shared.error_handler.respond(&error, &arrival.clone().into());
    let refused = service_fn(|_| ready(Ok(answer.clone())));
    let request = request.map(|body| ArrivedBody { arrival: arrival.clone(), body });
    // It is there at once: nothing in it waits.
    let marked = marked(shared, refused).call(request).now_or_never();
    let response = marked.and_then(Result::ok).unwrap_or(answer);
    write_access_line(shared, &arrival, None, &response, Duration::ZERO);
    response
}
