//! Requests that the parser cannot read. The parser answers such a request itself, with only a status, and closes
//! the connection: no route, no service and no log sees it. This module replaces that answer on its way out by one
//! with the envelope, a request id and an access line.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::FutureExt as _;
use http::StatusCode;
use http_body_util::BodyExt as _;
use hyper::rt::{Read, ReadBufCursor, Write};

use crate::request::Response;

/// Longer than any answer of the parser, which has about 120 bytes.
const MAX_PARSER_ANSWER: usize = 200;
/// The beginning of every answer.
const BEGIN: &[u8] = b"HTTP/1.1 ";
/// Every answer of this server has this header, and no answer of the parser does.
const REQUEST_ID_HEADER: &[u8] = b"\r\nx-request-id:";

/// Creates the answer to an unreadable request.
type MakeAnswer = Box<dyn Fn(StatusCode) -> Response + Send>;

/// A stream on which the parser's own answers are replaced.
pub(super) struct Unreadable<S> {
    stream: S,
    make_answer: MakeAnswer,
    /// Whether all written bytes have left: only then do the next bytes begin an answer.
    is_flushed: bool,
    replacement: Option<Replacement>,
}

/// The bytes that replace the parser's.
struct Replacement {
    bytes: Vec<u8>,
    written: usize,
    /// The number of the parser's bytes that it replaces.
    taken: usize,
}

impl<S> fmt::Debug for Unreadable<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable").finish_non_exhaustive()
    }
}

impl<S> Unreadable<S> {
    pub(super) fn new(stream: S, make_answer: impl Fn(StatusCode) -> Response + Send + 'static) -> Self {
        Self { stream, make_answer: Box::new(make_answer), is_flushed: true, replacement: None }
    }

    /// Inspects bytes that are about to be written.
    fn inspect(&mut self, bytes: &[u8]) {
        if self.is_flushed
            && self.replacement.is_none()
            && let Some(status) = refusal(bytes)
        {
            let answer = written((self.make_answer)(status), bytes);
            self.replacement = Some(Replacement { bytes: answer, written: 0, taken: bytes.len() });
        }
        self.is_flushed = false;
    }
}

impl Replacement {
    /// Ready with the number of the parser's bytes that are done.
    fn poll(&mut self, cx: &mut Context<'_>, stream: &mut (impl Write + Unpin)) -> Poll<io::Result<usize>> {
        while let Some(rest) = self.bytes.get(self.written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut *stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.written += count,
            }
        }
        Poll::Ready(Ok(self.taken))
    }
}

/// The status, if this is the parser's answer to an unreadable request. It has no body.
fn refusal(bytes: &[u8]) -> Option<StatusCode> {
    if bytes.len() > MAX_PARSER_ANSWER
        || !bytes.ends_with(b"\r\n\r\n")
        || memchr::memmem::find(bytes, REQUEST_ID_HEADER).is_some()
    {
        return None;
    }
    let status = StatusCode::from_bytes(bytes.strip_prefix(BEGIN)?.get(..3)?).ok()?;
    status.is_client_error().then_some(status)
}

/// An answer as it goes over the wire, with the date of the parser's answer. The connection ends with it.
fn written(response: Response, parsers: &[u8]) -> Vec<u8> {
    let (head, body) = response.into_parts();
    // The body is in memory, so it is ready at once.
    let body = body
        .collect()
        .now_or_never()
        .and_then(Result::ok)
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let reason = head.status.canonical_reason().unwrap_or_default();
    let mut text = format!("HTTP/1.1 {} {reason}\r\n", head.status.as_str()).into_bytes();
    for (name, value) in &head.headers {
        text.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let dates = parsers.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"date: "));
    dates.for_each(|line| text.extend_from_slice(&[line, b"\n"].concat()));
    text.extend_from_slice(format!("connection: close\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes());
    text.extend_from_slice(&body);
    text
}

impl<S: Read + Unpin> Read for Unreadable<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: Write + Unpin> Write for Unreadable<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.inspect(bytes);
        let Self { stream, replacement, .. } = &mut *self;
        let Some(other) = replacement else { return Pin::new(stream).poll_write(cx, bytes) };
        let done = ready!(other.poll(cx, stream));
        *replacement = None;
        Poll::Ready(done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        self.is_flushed = flushed.is_ok();
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // An answer without a body is one piece.
        match slices {
            [only] => self.poll_write(cx, only),
            several => {
                self.is_flushed = false;
                Pin::new(&mut self.stream).poll_write_vectored(cx, several)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_parsers_own_answers_are_replaced() {
        let date = "date: Sun, 29 Nov 2026 07:17:21 GMT\r\n";
        for (text, status) in [
            (format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n{date}\r\n"), Some(400)),
            (
                format!(
                    "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n{date}\r\n"
                ),
                Some(431),
            ),
            ("HTTP/1.1 100 Continue\r\n\r\n".to_owned(), None),
            (format!("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n{date}\r\n"), None),
            (format!("HTTP/1.1 404 Not Found\r\nx-request-id: 0123456789\r\n{date}\r\n"), None),
            (format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n{date}\r\n{{}}"), None),
            ("{\"success\":false}".to_owned(), None),
        ] {
            assert_eq!(refusal(text.as_bytes()).map(|status| status.as_u16()), status, "{text}");
        }
    }
}
