//! The server without connections: services for a host that has its own.

use std::convert::Infallible;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tower::{BoxError, Service};

use super::linger::BOUNDS;
use super::outer::{self, ResponseBody};
use super::table::Table;
use crate::request::Body;
use crate::state::ServerState;

/// Makes the services of a server, one for each peer. Clones share the server.
#[derive(Clone)]
pub struct MakeService {
    shared: Arc<ServerState>,
    table: Arc<Table>,
}

impl MakeService {
    pub(super) fn new(shared: &Arc<ServerState>, table: &Arc<Table>) -> Self {
        Self { shared: Arc::clone(shared), table: Arc::clone(table) }
    }

    /// The service for requests of `peer`: the other end of the connection, a client or a proxy. `TRUSTED_PROXIES`
    /// decides whether the server believes what it says about a client.
    pub fn for_peer(&self, peer: IpAddr) -> PeerService {
        PeerService { server: self.clone(), peer }
    }
}

/// Answers the requests of one peer. The host is responsible for connections: their number and timeouts, `Keep-Alive`,
/// and a shutdown that lets running requests end. An answer may be there before its request has arrived; the service
/// then reads the rest of the body, within bounds, so that the host need not close the connection on it.
///
/// A request needs a `Host` header and a path that begins with `/`, as in HTTP/1.1. The future has timers: poll it in
/// a tokio runtime.
#[derive(Clone)]
pub struct PeerService {
    server: MakeService,
    peer: IpAddr,
}

impl<B> Service<http::Request<B>> for PeerService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<ResponseBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let (MakeService { shared, table }, peer) = (self.server.clone(), self.peer);
        // Begun when it is polled: only then is there a runtime for its timers.
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let (body, rest) = Body::new(body, &head.headers, &shared.drain);
            let answer = outer::serve(&shared, &table, peer, http::Request::from_parts(head, body)).await;
            rest.drop_behind(BOUNDS);
            answer
        })
    }
}

impl fmt::Debug for MakeService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MakeService").finish_non_exhaustive()
    }
}

impl fmt::Debug for PeerService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerService").field("peer", &self.peer).finish_non_exhaustive()
    }
}
