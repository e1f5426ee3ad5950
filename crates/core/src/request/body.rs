//! The body of a request, and its unread rest.
//!
//! An answer may be ready before the body was read, because requests are refused by their head. The parser would
//! then close the connection without an announcement. This module reads and drops a short rest, so that the
//! connection continues; if the rest is long or slow, the answer announces the close (RFC 9112, 9.6), and the
//! connection lingers (`server/linger.rs`).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, EXPECT};
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use parking_lot::Mutex;
use tokio::time::{Sleep, sleep_until};
use tower::BoxError;

use crate::drain::{self, Drain};

/// A rest of at most this many bytes is read and dropped to keep the connection: four times the default of
/// `BODY_LIMIT`.
const MAX_SKIPPED: u64 = 256 * 1024;
/// The rest is dropped only if it arrives within this time.
const SKIP_TIMEOUT: Duration = Duration::from_millis(500);

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error(transparent)]
    Broken(BoxError),
    #[error("the server is shutting down, and the rest of the body did not come in time")]
    Late,
}

/// A body as it arrives. If it is dropped before its end, it leaves its rest to [`Rest`].
#[derive(Debug, Default)]
pub(crate) struct Body {
    reading: Option<Reading>,
    left: Left,
}

/// Where a dropped body leaves its rest. None if no body was announced, as with most requests.
type Left = Option<Arc<Mutex<Option<Reading>>>>;

#[derive(Debug)]
struct Reading {
    incoming: UnsyncBoxBody<Bytes, BoxError>,
    drain: Arc<Drain>,
    /// The bound that the shutdown sets.
    late: Option<Pin<Box<Sleep>>>,
    /// Whether the client waits for `100 Continue`, which reading would send.
    is_held_back: bool,
    is_broken: bool,
    is_over: bool,
}

/// The unread part of a body. The other end of a [`Body`].
#[derive(Debug)]
pub(crate) struct Rest(Left);

impl Body {
    /// The body after this head, and its future rest.
    pub(crate) fn new<B>(incoming: B, head: &HeaderMap, drain: &Arc<Drain>) -> (Self, Rest)
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if incoming.is_end_stream() {
            return (Self::default(), Rest(None));
        }
        let reading = Reading {
            incoming: incoming.map_err(Into::into).boxed_unsync(),
            drain: Arc::clone(drain),
            late: None,
            is_held_back: head.contains_key(EXPECT),
            is_broken: false,
            is_over: false,
        };
        let left = Some(Arc::default());
        (Self { reading: Some(reading), left: left.clone() }, Rest(left))
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(left) = &self.left {
            *left.lock() = self.reading.take();
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.reading.as_mut().map_or(Poll::Ready(None), |reading| reading.poll(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.reading.as_ref().is_none_or(|reading| reading.is_over || reading.incoming.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.reading.as_ref().map_or(SizeHint::with_exact(0), |reading| reading.incoming.size_hint())
    }
}

impl Reading {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.is_held_back = false;
        let read = match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(read) => read.map(|frame| frame.map_err(BodyError::Broken)),
            Poll::Pending => {
                // Every connection is polled once more when the shutdown begins.
                let Some(since) = self.drain.since() else { return Poll::Pending };
                let late = self.late.get_or_insert_with(|| Box::pin(sleep_until(since + drain::PATIENCE)));
                std::task::ready!(late.as_mut().poll(cx));
                Some(Err(BodyError::Late))
            }
        };
        self.is_broken |= matches!(read, Some(Err(_)));
        self.is_over |= read.is_none();
        Poll::Ready(read)
    }

    async fn drop_within(mut self, bounds: RestBounds) {
        let mut left = bounds.bytes;
        let next = async |reading: &mut Self| std::future::poll_fn(|cx| reading.poll(cx)).await;
        while let Ok(Some(Ok(frame))) = tokio::time::timeout(bounds.silence, next(&mut self)).await {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            let Some(rest) = left.checked_sub(bytes) else { return };
            left = rest;
        }
    }

    /// Reads and drops the rest; false if that is not worthwhile.
    async fn skip(mut self) -> bool {
        if self.is_over || self.incoming.is_end_stream() {
            return !self.is_broken;
        }
        if self.is_broken || self.is_held_back || self.incoming.size_hint().lower() > MAX_SKIPPED {
            return false;
        }
        let skipping = async {
            let mut left = MAX_SKIPPED;
            while let Some(frame) = std::future::poll_fn(|cx| self.poll(cx)).await {
                let Ok(frame) = frame else { return false };
                let bytes = frame.data_ref().map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX));
                match left.checked_sub(bytes) {
                    Some(rest) => left = rest,
                    None => return false,
                }
            }
            true
        };
        tokio::time::timeout(SKIP_TIMEOUT, skipping).await.unwrap_or(false)
    }
}

/// How much of a rest [`Rest::drop_behind`] reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RestBounds {
    pub(crate) bytes: usize,
    /// In all.
    pub(crate) time: Duration,
    /// Without a byte.
    pub(crate) silence: Duration,
}

impl Rest {
    /// For a connection that the server does not see: reads and drops the rest while the host already writes the answer.
    /// A host that closes a connection with unread bytes resets it, and a client that is still sending then gets an
    /// error before the answer.
    pub(crate) fn drop_behind(self, bounds: RestBounds) {
        let Some(reading) = self.0.and_then(|left| left.lock().take()) else { return };
        // A client that waits for `100 Continue` sends nothing, and reading would ask it to.
        if !(reading.is_over || reading.is_broken || reading.is_held_back) {
            tokio::spawn(tokio::time::timeout(bounds.time, reading.drop_within(bounds)));
        }
    }

    /// Called before the answer is written: reads the rest, or announces in the answer that the connection closes.
    /// Returns whether more of the body may arrive after the answer.
    pub(crate) async fn settle<B>(
        self,
        version: Version,
        response: &mut http::Response<B>,
        drain: &Drain,
    ) -> bool {
        let left = self.0.and_then(|left| left.lock().take());
        let is_coming = left.as_ref().is_some_and(|reading| !reading.is_held_back);
        let slow = response.status() == StatusCode::REQUEST_TIMEOUT;
        let goes_on = match left {
            // RFC 9110, 15.5.9: the server does not wait again for a client that was too slow.
            Some(_) if slow || drain.is_on() => false,
            Some(reading) => reading.skip().await,
            None => true,
        };
        if goes_on && !drain.is_on() {
            return false;
        }
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        if version == Version::HTTP_10 {
            // Otherwise the parser would add `keep-alive` for a client that asked for it.
            *response.version_mut() = Version::HTTP_10;
        }
        is_coming && !goes_on
    }
}
