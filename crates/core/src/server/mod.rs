//! The server: connections, the outer band that all requests share, and the table of routes.
//!
//! No axum or http type is in its public interface: what is served was declared as a route.

mod connections;
mod exchange;
mod outer;
mod table;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;

pub use exchange::Exchange;
pub(crate) use exchange::{Cookies, Ended};

pub(crate) type Body = Incoming;
pub(crate) type Request = http::Request<Body>;
pub(crate) type Response = http::Response<Full<Bytes>>;
