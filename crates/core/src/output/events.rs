//! Server-sent events: an answer that goes on (WHATWG HTML, 9.2, "Server-sent events").

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt as _};
use http::{HeaderName, HeaderValue};
use http_body::Frame;
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
        let _ = write_view(&self.data, &mut serde_json::Serializer::new(&mut lines));
        lines.extend_from_slice(b"\n\n");
        Bytes::from(lines)
    }
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
        let streamed = Streamed::new(HeaderValue::from_static(EVENT_STREAM), vec![unbuffered], body);
        Ok(Reply::new(200, ReplyBody::Streamed(streamed)))
    }
}

const EVENT_STREAM: &str = "text/event-stream";

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
