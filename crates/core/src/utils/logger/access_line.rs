//! The logged fields of a request.

use std::net::IpAddr;

use crate::system::time::Timestamp;
use crate::traces::TraceId;

/// The data about a finished request.
#[derive(Clone, Copy, Debug)]
pub struct AccessLine<'a> {
    /// When the request arrived.
    pub ts: Timestamp,
    /// The id in every response.
    pub request_id: &'a str,
    /// The trace of the request, if there are traces.
    pub trace_id: Option<TraceId>,
    /// The method; none if the request could not be read.
    pub method: Option<&'a str>,
    /// The template that matched (`/api/v1/users/{id}`); none if nothing matched.
    pub route: Option<&'a str>,
    /// The path, if nothing matched: a path that matched may contain an id. Only its beginning is written, and
    /// nothing of the query.
    pub path: Option<&'a str>,
    /// The status.
    pub status: u16,
    /// The phase that ended the request.
    pub phase: &'a str,
    /// The code of an error.
    pub code: Option<&'a str>,
    /// From the arrival of the head until the answer is ready, in microseconds.
    pub duration_us: u64,
    /// The client, as the trusted proxies name it.
    pub ip: Option<IpAddr>,
    /// The signed-in user.
    pub user_id: Option<&'a str>,
    /// The API key, if a program of that user presented one.
    pub key_id: Option<&'a str>,
    /// The size of the response body in bytes, before compression by a proxy.
    pub bytes: u64,
}

/// The maximum number of bytes of a path: enough to see what the client looked for, and not enough to fill the log.
const MAX_PATH: usize = 200;

pub(super) fn beginning(path: &str) -> &str {
    path.get(..path.floor_char_boundary(MAX_PATH)).unwrap_or_default()
}
