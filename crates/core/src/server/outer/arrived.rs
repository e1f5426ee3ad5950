//! What goes through the band: in, a request that has arrived; out, an answer.

use bytes::Bytes;
use tower::BoxError;

use crate::request::{Arrival, Body};

/// The body of an answer: whole, in memory, its length known.
pub type ResponseBody = tower_http::body::UnsyncBoxBody<Bytes, BoxError>;

/// A request inside the band. What is known about it goes with its body, where no layer can forget it.
pub(super) type Arrived = http::Request<ArrivedBody>;

/// What a request still has, behind its head.
#[derive(Debug)]
pub(super) struct ArrivedBody {
    pub(super) arrival: Arrival,
    pub(super) body: Body,
}
