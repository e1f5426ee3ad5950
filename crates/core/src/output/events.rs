//! Server-sent events: an answer that goes on (WHATWG HTML, 9.2, "Server-sent events").

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt as _};
use http::{HeaderName, HeaderValue};
use http_body::Frame;
use serde_json::ser::Formatter;
use tokio::time::{Instant, Sleep, sleep};

use super::kinds::{Output, OutputDoc, sealed};
use super::reply::{Reply, ReplyBody, Streamed};
use super::view::{View, write_view};
use crate::drain::now;
use crate::errors::AppError;
use crate::input::{EventId, Seat};

/// When a browser connects again after the end of a stream: a moment, because the server ends streams when it is replaced.
const RETRY: Duration = Duration::from_secs(2);

/// A comment line. Browsers ignore it, and proxies see that the connection is in use.
const HEARTBEAT: &[u8] = b":\n\n";

/// The type of an event: `event:`. One of the words of the interface, in letters, digits, dots, dashes and underscores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventName(&'static str);

impl EventName {
    /// Declares a type: `const MOVED: EventName = EventName::new("piece.moved");`.
    ///
    /// # Panics
    /// At compile time, for another character, an empty name or more than 64 characters.
    pub const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(!bytes.is_empty() && bytes.len() <= 64, "the type of an event has 1 to 64 characters");
        let mut at = 0;
        while at < bytes.len() {
            #[expect(clippy::indexing_slicing, reason = "within the bound, in a constant")]
            let byte = bytes[at];
            assert!(
                byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'),
                "the type of an event has letters, digits, dots, dashes and underscores"
            );
            at += 1;
        }
        Self(name)
    }
}

/// One event: a view as JSON, with its id and its type.
#[derive(Clone, Debug)]
pub struct Event<V> {
    data: V,
    id: Option<EventId>,
    name: Option<EventName>,
}

impl<V: View> Event<V> {
    /// An event without an id, of the type `message`.
    pub fn new(data: V) -> Self {
        Self { data, id: None, name: None }
    }

    /// Sets its id. A client that lost its connection sends the last one as `Last-Event-ID`.
    #[must_use]
    pub fn with_id(self, id: EventId) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Sets its type, by which `addEventListener` selects events.
    #[must_use]
    pub fn named(self, name: EventName) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The lines of the event. JSON on one line has no line feed, and neither has an id or a type.
    pub(super) fn to_bytes(&self) -> Bytes {
        let mut lines = Vec::with_capacity(256);
        if let Some(id) = &self.id {
            lines.extend_from_slice(b"id: ");
            lines.extend_from_slice(id.as_str().as_bytes());
            lines.push(b'\n');
        }
        if let Some(EventName(name)) = self.name {
            lines.extend_from_slice(b"event: ");
            lines.extend_from_slice(name.as_bytes());
            lines.push(b'\n');
        }
        lines.extend_from_slice(b"data: ");
        // A view writes text and numbers into memory, which cannot fail; an event without data would reach nobody.
        let _ = write_view(&self.data, &mut serde_json::Serializer::with_formatter(&mut lines, OneLine));
        lines.extend_from_slice(b"\n\n");
        Bytes::from(lines)
    }
}

/// JSON without a character that some reader takes for the end of a line. Only CR and LF end one in a stream of events, but clients
/// that were written with a general function for lines also cut at U+0085, U+2028 and U+2029 (`findings/`).
struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, found)) = rest.char_indices().find(|(_, c)| ends_a_line(*c)) {
            let (before, from) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            write!(writer, "\\u{:04x}", u32::from(found))?;
            rest = from.get(found.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

fn ends_a_line(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}')
}

/// 200: a stream of events, until the client goes, the session ends or the server shuts down.
///
/// It needs a seat, so its route is declared with [`listeners`](crate::routes::RouteBuilder::listeners). Most come from a
/// [`Feed`](super::Feed).
pub struct Events<V> {
    seat: Seat,
    missed: VecDeque<Bytes>,
    source: BoxStream<'static, Bytes>,
    of: PhantomData<fn() -> V>,
}

impl<V: View> Events<V> {
    /// The events of a stream. It is asked for the next one when the connection has room for it: a client that reads slowly
    /// slows it down, and buffers nothing. The answer ends with the stream, and a browser then connects again.
    pub fn new(seat: Seat, stream: impl futures_util::Stream<Item = Event<V>> + Send + 'static) -> Self {
        Self::of_bytes(seat, stream.map(|event| event.to_bytes()).boxed())
    }

    pub(super) fn of_bytes(seat: Seat, source: BoxStream<'static, Bytes>) -> Self {
        Self { seat, missed: VecDeque::new(), source, of: PhantomData }
    }

    /// Sends these first: what the client missed since its `Last-Event-ID`. Read them after the listener is in its feed, so that
    /// none is lost between the two; a client drops an event whose id it knows.
    #[must_use]
    pub fn after(mut self, missed: impl IntoIterator<Item = Event<V>>) -> Self {
        self.missed.extend(missed.into_iter().map(|event| event.to_bytes()));
        self
    }
}

impl<V> fmt::Debug for Events<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("seat", &self.seat).finish_non_exhaustive()
    }
}

impl<V> sealed::Sealed for Events<V> {}

impl<V: View> Output for Events<V> {
    fn describe() -> OutputDoc {
        OutputDoc {
            refuses_unknown_query: true,
            events: Some(V::schema()),
            ..OutputDoc::plain(200, EVENT_STREAM)
        }
    }

    fn into_reply(self) -> Result<Reply, AppError> {
        let body = Listened::new(self.seat, self.missed, self.source);
        // nginx buffers answers of upstreams unless they say otherwise.
        let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
        let streamed = Streamed::new(EVENT_STREAM_UTF_8, vec![unbuffered], body);
        Ok(Reply::new(200, ReplyBody::Streamed(streamed)))
    }
}

const EVENT_STREAM: &str = "text/event-stream";
/// A stream of events is always UTF-8, and browsers ignore the parameter. Clients over a general HTTP library take ISO 8859-1
/// without it.
const EVENT_STREAM_UTF_8: HeaderValue = HeaderValue::from_static("text/event-stream; charset=utf-8");

/// The body of the answer. It ends between two events, and never within one.
struct Listened {
    seat: Seat,
    drained: BoxFuture<'static, ()>,
    /// What is sent before the stream.
    first: VecDeque<Bytes>,
    source: BoxStream<'static, Bytes>,
    beat: Pin<Box<Sleep>>,
    /// The look at the session, while it runs.
    checking: Option<BoxFuture<'static, bool>>,
    is_over: bool,
}

impl Listened {
    fn new(seat: Seat, mut first: VecDeque<Bytes>, source: BoxStream<'static, Bytes>) -> Self {
        // Sent at once, so that proxies pass on the head and the browser knows that it is connected.
        first.push_front(Bytes::from(format!("retry: {}\n\n", RETRY.as_millis())));
        let (drained, beat) = (seat.drained(), Box::pin(sleep(seat.heartbeat())));
        Self { seat, drained, first, source, beat, checking: None, is_over: false }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.drained.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        if let Some(checking) = &mut self.checking
            && let Poll::Ready(goes_on) = checking.as_mut().poll(cx)
        {
            self.checking = None;
            return Poll::Ready(goes_on.then(|| Bytes::from_static(HEARTBEAT)));
        }
        if let Some(bytes) = self.first.pop_front() {
            return Poll::Ready(Some(bytes));
        }
        if self.checking.is_none() && self.beat.as_mut().poll(cx).is_ready() {
            let next: Instant = now() + self.seat.heartbeat();
            self.beat.as_mut().reset(next);
            self.checking = self.seat.check();
            return match &mut self.checking {
                None => Poll::Ready(Some(Bytes::from_static(HEARTBEAT))),
                // Polled at once, and again with everything else.
                Some(_) => self.poll_next(cx),
            };
        }
        self.source.as_mut().poll_next(cx)
    }
}

impl http_body::Body for Listened {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let next = std::task::ready!(self.poll_next(cx));
        self.is_over = next.is_none();
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::view! {
        /// A text.
        struct Said = "Said" {
            /// The text.
            text: String,
        }
    }

    #[test]
    fn an_event_is_one_line_for_every_reader_of_lines() {
        let text = "Åse\n\r\u{85}\u{2028}\u{2029}\u{9f}\u{a0}é";
        let bytes = Event::new(Said { text: text.to_owned() }).to_bytes();
        let sent = std::str::from_utf8(&bytes).unwrap();
        let data = sent.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap();
        assert_eq!(data, "{\"text\":\"Åse\\n\\r\\u0085\\u2028\\u2029\\u009f\u{a0}é\"}");
        let read: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(read["text"], text);
    }
}
