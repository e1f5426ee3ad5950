//! What is logged of a request.

use std::net::IpAddr;

use crate::system::time::Timestamp;

/// What is known about a request when it is over.
#[derive(Clone, Copy, Debug)]
pub struct AccessLine<'a> {
    /// When the answer was ready.
    pub ts: Timestamp,
    /// The id every response carries.
    pub request_id: &'a str,
    /// The method; none where the request could not be read.
    pub method: Option<&'a str>,
    /// The template that matched (`/api/v1/users/{id}`); none for what matched nothing.
    pub route: Option<&'a str>,
    /// The path, where nothing matched: of what did match it may hold an id. Its beginning is written, and nothing of the
    /// query.
    pub path: Option<&'a str>,
    /// The status.
    pub status: u16,
    /// The phase that ended the request.
    pub phase: &'a str,
    /// The code of an error.
    pub code: Option<&'a str>,
    /// From the first byte read to the answer being ready, in microseconds.
    pub duration_us: u64,
    /// The client, as the proxies in front are trusted to name it.
    pub ip: Option<IpAddr>,
    /// Who was signed in.
    pub user_id: Option<&'a str>,
    /// Size of the response body.
    pub bytes: u64,
}

/// No more of a path than tells what was looked for: whoever asks for what is not there shall not fill the log.
const MAX_PATH: usize = 200;

pub(super) fn beginning(path: &str) -> &str {
    path.get(..path.floor_char_boundary(MAX_PATH)).unwrap_or_default()
}
