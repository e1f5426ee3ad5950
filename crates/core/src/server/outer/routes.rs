//! The innermost service: the route.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::future::NeverError;
use tower::Service;

use super::arrived::{Arrived, ArrivedBody};
use crate::request::{Cookies, Request, RequestContext, Response};
use crate::server::table::Table;
use crate::state::ServerState;

#[derive(Clone)]
pub(super) struct Routes<'a> {
    shared: &'a Arc<ServerState>,
    table: &'a Table,
}

impl<'a> Routes<'a> {
    pub(super) fn new(shared: &'a Arc<ServerState>, table: &'a Table) -> Self {
        Self { shared, table }
    }
}

impl Service<Arrived> for Routes<'_> {
    type Response = Response;
    type Error = Infallible;
    type Future = NeverError<BoxFuture<'static, Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Arrived) -> Self::Future {
        let (head, ArrivedBody { arrival, body }) = request.into_parts();
        let cookies = Cookies::read(&head.headers, arrival.secure_cookies());
        let context = RequestContext::new(arrival, cookies);
        self.table.dispatch(self.shared, Request::from_parts(head, body), context).never_error()
    }
}
