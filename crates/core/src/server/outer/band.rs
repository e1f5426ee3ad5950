//! The layers, from the outermost to the route, in the order in which a request meets them.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use tower::{Service, ServiceBuilder};

use super::arrive::Arrive;
use super::arrived::ResponseBody;
use super::deadline::InTime;
use super::door::Door;
use super::headers::marked;
use super::panics::Panics;
use super::routes::Routes;
use crate::request::Request;
use crate::server::table::Table;
use crate::state::ServerState;

/// One request, from its head to its answer. `peer` holds the other end of the connection.
pub(in crate::server) fn serve<'a>(
    shared: &'a Arc<ServerState>,
    table: &'a Table,
    peer: IpAddr,
    request: Request,
) -> impl Future<Output = Result<http::Response<ResponseBody>, Infallible>> + Send + use<'a> {
    let route = ServiceBuilder::new()
        .layer_fn(|inner| Panics::new(shared, inner))
        .layer_fn(|inner| Door::new(shared, inner))
        .layer_fn(|inner| InTime::new(shared, inner))
        .service(Routes::new(shared, table));
    Arrive::new(shared, peer, marked(shared, route)).call(request)
}
