//! The types that pass through the layers: a request that has arrived, and the body of an answer.

use bytes::Bytes;
use tower::BoxError;

use crate::request::{Arrival, Body};

/// The body of an answer: in memory, or made while it is sent (events, files).
pub type ResponseBody = tower_http::body::UnsyncBoxBody<Bytes, BoxError>;

/// A request between the layers. The data about it are part of its body, so that no layer can lose them.
pub(super) type Arrived = http::Request<ArrivedBody>;

/// The body of a request, with the data from its head.
#[derive(Debug)]
pub(super) struct ArrivedBody {
    pub(super) arrival: Arrival,
    pub(super) body: Body,
}
