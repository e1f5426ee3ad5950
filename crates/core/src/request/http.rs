//! A request and its answer, as every phase sees them.

use bytes::Bytes;
use http_body_util::Full;

use super::body::Body;

pub(crate) type Request = http::Request<Body>;
pub(crate) type Response = http::Response<Full<Bytes>>;
