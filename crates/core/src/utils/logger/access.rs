//! The access line: one request, one struct, one line. No span tree is built for it.

use std::io::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use serde::Serialize;

use super::line::{make_line, write_json};
use super::{LogFormat, Sink};
use crate::utils::time::{Rfc3339, Timestamp};

/// Under this name `LOG_LEVEL` turns access lines off: `info,access=off`.
pub(super) const TARGET: &str = "access";

/// What is known about a request when it is over.
#[derive(Clone, Copy, Debug)]
pub struct AccessLine<'a> {
    /// When the answer was ready.
    pub ts: Timestamp,
    /// The id every response carries.
    pub request_id: &'a str,
    /// The method.
    pub method: &'a str,
    /// The template that matched (`/api/v1/users/{id}`); none for what matched nothing. Never the path itself: it may
    /// hold a token.
    pub route: Option<&'a str>,
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

/// The line as it is written: what a reader of all lines looks for comes first.
#[derive(Serialize)]
struct Written<'a> {
    level: &'static str,
    target: &'static str,
    message: &'static str,
    ts: &'a str,
    request_id: &'a str,
    method: &'a str,
    route: Option<&'a str>,
    status: u16,
    phase: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    duration_us: u64,
    ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    bytes: u64,
}

fn write_request(out: &mut Vec<u8>, level: &'static str, line: &AccessLine<'_>) {
    let ts = Rfc3339::of(line.ts);
    let written = Written {
        level,
        target: TARGET,
        message: "request",
        ts: ts.as_ref().map_or("", Rfc3339::as_str),
        request_id: line.request_id,
        method: line.method,
        route: line.route,
        status: line.status,
        phase: line.phase,
        code: line.code,
        duration_us: line.duration_us,
        ip: line.ip,
        user_id: line.user_id,
        bytes: line.bytes,
    };
    write_json(out, &written);
}

/// Writes access lines.
#[derive(Clone, Debug)]
pub struct AccessLog {
    format: LogFormat,
    sink: Arc<dyn Sink>,
    enabled: bool,
}

impl AccessLog {
    pub(super) fn new(format: LogFormat, sink: Arc<dyn Sink>, enabled: bool) -> Self {
        Self { format, sink, enabled }
    }

    /// Writes one line, in one piece.
    pub fn write(&self, line: &AccessLine<'_>) {
        if !self.enabled {
            return;
        }
        let level = if line.status >= 500 { "error" } else { "info" };
        // What went wrong is told at once.
        let take = |text: &[u8]| match level {
            "error" => self.sink.write_line(text),
            _ => self.sink.leave_line(text),
        };
        make_line(take, |out| match self.format {
            LogFormat::Json => write_request(out, level, line),
            LogFormat::Pretty => {
                // Writing to memory does not fail.
                let _ = write!(
                    out,
                    "{} {level:5} {} {} {} {}us {} {}",
                    line.ts,
                    line.method.escape_debug(),
                    line.route.unwrap_or("-").escape_debug(),
                    line.status,
                    line.duration_us,
                    line.code.unwrap_or("-").escape_debug(),
                    line.request_id.escape_debug(),
                );
            }
        });
    }
}
