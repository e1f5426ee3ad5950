//! The access line: one struct and one line per request. There is no span tree for it.

use std::io::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use super::access_line::{AccessLine, beginning};
use super::line::{make_line, write_json};
use super::look::Look;
use super::pretty;
use super::sink::Sink;
use crate::system::time::Rfc3339;
use crate::traces::TraceId;

/// The name under which `LOG_LEVEL` turns access lines off: `info,access=off`.
pub(super) const TARGET: &str = "access";

/// Writes the line, the most important fields first. There is one for every answer, so it is written by hand
/// without scanning every text for characters to escape.
fn write_request(out: &mut Vec<u8>, level: &'static str, line: &AccessLine<'_>) {
    let mut object = Object(out);
    object.text(r#"{"level":"#, level);
    object.text(r#","target":"#, TARGET);
    object.text(r#","message":"#, "request");
    object.text(r#","ts":"#, Rfc3339::of(line.ts).as_ref().map_or("", Rfc3339::as_str));
    object.text(r#","request_id":"#, line.request_id);
    if let Some(trace) = line.trace_id {
        object.id(r#","trace_id":"#, trace);
    }
    match line.method {
        Some(method) => object.text(r#","method":"#, method),
        None => object.raw(r#","method":null"#),
    }
    match line.route {
        Some(route) => object.text(r#","route":"#, route),
        None => object.raw(r#","route":null"#),
    }
    if let Some(path) = line.path {
        object.text(r#","path":"#, beginning(path));
    }
    object.number(r#","status":"#, line.status.into());
    object.text(r#","phase":"#, line.phase);
    if let Some(code) = line.code {
        object.text(r#","code":"#, code);
    }
    object.number(r#","duration_us":"#, line.duration_us);
    match line.ip {
        Some(ip) => object.address(r#","ip":"#, ip),
        None => object.raw(r#","ip":null"#),
    }
    if let Some(user) = line.user_id {
        object.text(r#","user_id":"#, user);
    }
    if let Some(key) = line.key_id {
        object.text(r#","key_id":"#, key);
    }
    object.number(r#","bytes":"#, line.bytes);
    object.raw("}");
}

/// A JSON object under construction. Names include the punctuation before them.
struct Object<'a>(&'a mut Vec<u8>);

impl Object<'_> {
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    fn text(&mut self, name: &'static str, value: &str) {
        self.raw(name);
        if value.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\') {
            self.raw("\"");
            self.raw(value);
            self.raw("\"");
        } else {
            write_json(self.0, &value);
        }
    }

    fn number(&mut self, name: &'static str, value: u64) {
        self.raw(name);
        self.raw(itoa::Buffer::new().format(value));
    }

    fn id(&mut self, name: &'static str, value: TraceId) {
        self.raw(name);
        // Writing to memory does not fail.
        let _ = write!(self.0, "\"{value}\"");
    }

    fn address(&mut self, name: &'static str, value: IpAddr) {
        self.raw(name);
        // Writing to memory does not fail.
        let _ = write!(self.0, "\"{value}\"");
    }
}

/// Writes access lines.
#[derive(Clone, Debug)]
pub struct AccessLog {
    look: Look,
    sink: Arc<dyn Sink>,
    enabled: bool,
}

impl AccessLog {
    pub(super) fn new(look: Look, sink: Arc<dyn Sink>, enabled: bool) -> Self {
        Self { look, sink, enabled }
    }

    /// Writes one line in one piece.
    pub fn write(&self, line: &AccessLine<'_>) {
        if !self.enabled {
            return;
        }
        let level = if line.status >= 500 { "error" } else { "info" };
        // Errors are written at once.
        let take = |text: &[u8]| match level {
            "error" => self.sink.write_line(text),
            _ => self.sink.leave_line(text),
        };
        make_line(take, |out| match self.look {
            Look::Json => write_request(out, level, line),
            Look::Pretty(paint) => pretty::write_request(out, paint, line),
        });
    }
}
