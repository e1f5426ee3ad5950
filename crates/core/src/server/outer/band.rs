//! The layers, from the outermost to the route, in the order in which a request meets them.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use tower::{Service, ServiceBuilder};

use super::arrive::Arrive;
use super::arrived::ResponseBody;
use super::deadline::EnforceDeadline;
use super::head_check::HeadCheck;
use super::headers::with_headers;
use super::panics::Panics;
use super::routes::Routes;
use crate::request::Request;
use crate::server::table::Table;
use crate::state::ServerState;

/// Answers one request. `peer` is the other end of the connection.
pub(in crate::server) fn serve<'a>(
    shared: &'a Arc<ServerState>,
    table: &'a Table,
    peer: IpAddr,
    request: Request,
) -> impl Future<Output = Result<http::Response<ResponseBody>, Infallible>> + Send + use<'a> {
    let route = ServiceBuilder::new()
        .layer_fn(|inner| Panics::new(shared, inner))
        .layer_fn(|inner| HeadCheck::new(shared, inner))
        .layer_fn(|inner| EnforceDeadline::new(shared, inner))
        .service(Routes::new(shared, table));
    Arrive::new(shared, peer, with_headers(shared, route)).call(request)
}
