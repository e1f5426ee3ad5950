//! The access line: one request, one struct, one write. No span tree is built for it.

use std::io::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::line::{write_json, write_line};
use super::{LogFormat, Sink};
use crate::utils::time::Timestamp;

/// Under this name `LOG_LEVEL` turns access lines off: `info,access=off`.
pub(super) const TARGET: &str = "access";

/// What is known about a request when it is over.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AccessLine<'a> {
    /// When the answer was ready.
    #[serde(serialize_with = "rfc_3339")]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    /// From the first byte read to the answer being ready, in microseconds.
    pub duration_us: u64,
    /// The client, as the proxies in front are trusted to name it.
    pub ip: Option<IpAddr>,
    /// Who was signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    #[serde(flatten)]
    line: &'a AccessLine<'a>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
fn rfc_3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
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

    /// Writes one line, in one write.
    pub fn write(&self, line: &AccessLine<'_>) {
        if !self.enabled {
            return;
        }
        let level = if line.status >= 500 { "error" } else { "info" };
        write_line(&*self.sink, |out| match self.format {
            LogFormat::Json => write_json(out, &Written { level, target: TARGET, message: "request", line }),
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
